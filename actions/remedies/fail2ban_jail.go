package remedies

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// neverBanned returns the bot's own address as the host sees it, and those
// that the configuration trusts, without doubles, in that order.
func neverBanned(f *actions.Facts) ([]netip.Prefix, error) {
	from, err := parseNetwork(f.Login.From)
	if err != nil {
		return nil, fmt.Errorf("the address that the bot logs in from is not known, so it cannot be kept from being banned")
	}
	spared := []netip.Prefix{from}
	for _, t := range f.Host.Declared.Trusted {
		p, err := parseNetwork(t)
		if err != nil {
			return nil, fmt.Errorf("the configuration trusts %q, which is neither an address nor a network: correct it", t)
		}
		if !slices.Contains(spared, p) {
			spared = append(spared, p)
		}
	}
	return spared, nil
}

// parseNetwork reads an address or a network in CIDR notation. An address is a
// network of one.
func parseNetwork(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	ip = ip.Unmap().WithZone("")
	return netip.PrefixFrom(ip, ip.BitLen()), nil
}

// address writes a network as fail2ban does: one address without its length.
func address(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// covered reports whether one of the ignoreip entries holds the whole network.
// Entries that are names are not resolved here, and cover nothing.
func covered(entries []string, p netip.Prefix) bool {
	return slices.ContainsFunc(entries, func(entry string) bool {
		e, err := parseNetwork(entry)
		return err == nil && e.Bits() <= p.Bits() && e.Contains(p.Addr())
	})
}

// bannedNow returns the addresses that the jail has banned though they are spared.
func bannedNow(f *actions.Facts, spared []netip.Prefix) []string {
	var ips []string
	for _, b := range f.Fail2ban.Banned {
		ip, err := parseNetwork(b)
		if err == nil && slices.ContainsFunc(spared, func(p netip.Prefix) bool { return p.Contains(ip.Addr()) }) {
			ips = append(ips, address(ip))
		}
	}
	slices.Sort(ips)
	return ips
}

// jailSees reports whether the jail reads the journal and its terms match what
// this host's sshd logs: OpenSSH 9.8 and later as sshd-session, and from
// ssh.socket under a unit for each connection. A jail that reads log files
// instead may well work, but the facts do not show it, so it counts as blind.
func jailSees(f *actions.Facts) bool {
	if f.Fail2ban.Backend != "systemd" {
		return false
	}
	entry := map[string]string{"_COMM": "sshd"}
	if f.SSHD.Unit != "ssh.socket" {
		entry["_SYSTEMD_UNIT"] = f.SSHD.Unit
	}
	if m := openSSH.FindStringSubmatch(f.SSHD.Version); m != nil {
		major, _ := strconv.Atoi(m[1])
		minor, _ := strconv.Atoi(m[2])
		if major > 9 || major == 9 && minor >= 8 {
			entry["_COMM"] = "sshd-session"
		}
	}
	return slices.ContainsFunc(f.Fail2ban.Matches, func(alternatives string) bool {
		for terms := range strings.SplitSeq(alternatives, "+") {
			if journalMatch(strings.Fields(terms), entry) {
				return true
			}
		}
		return false
	})
}

// journalMatch reports whether terms joined by AND match the entry; terms of
// the same field are alternatives (journalctl(1)).
func journalMatch(terms []string, entry map[string]string) bool {
	fields := map[string]bool{}
	for _, term := range terms {
		field, value, _ := strings.Cut(term, "=")
		fields[field] = fields[field] || entry[field] == value
	}
	for _, ok := range fields {
		if !ok {
			return false
		}
	}
	return len(fields) > 0
}

// hostName is a name as ignoreip may hold one (RFC 1123).
var hostName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.-]*$`)

// jail is the file's content. Entries that the host ignores by now stay, but
// of itself only 127.0.0.1 and ::1: the proof must be banned.
func jail(f *actions.Facts, spared []netip.Prefix) string {
	ignored := append([]string{"127.0.0.1", "::1"}, addresses(spared)...)
	for _, entry := range f.Fail2ban.IgnoreIP {
		p, err := parseNetwork(entry)
		switch {
		case err == nil && !p.Contains(netip.MustParseAddr(fail2banProbe)):
			ignored = append(ignored, address(p))
		case err != nil && hostName.MatchString(entry):
			ignored = append(ignored, entry)
		}
	}
	slices.Sort(ignored)
	content := "# Written by hardenbot (fail2ban).\n[sshd]\nenabled = true\nbackend = systemd\n" +
		"journalmatch = _SYSTEMD_UNIT=ssh.service + _COMM=sshd + _COMM=sshd-session\n" +
		"port = " + strings.Join(sshPorts(f), ",") + "\n" +
		"ignoreip = " + strings.Join(slices.Compact(ignored), " ") + "\n"
	if f.Packages["fail2ban"].Installed == "" {
		content += "banaction = nftables\n"
	}
	return content
}

// sshPorts returns the ports that sshd listens on, sorted; without any in the
// facts (ssh.socket belongs to systemd), the one that the bot uses.
func sshPorts(f *actions.Facts) []string {
	var ports []int
	for _, l := range f.Listeners {
		if l.Proto == "tcp" && l.Process == "sshd" {
			ports = append(ports, l.Port)
		}
	}
	if len(ports) == 0 {
		ports = []int{f.Host.Port}
	}
	slices.Sort(ports)
	var words []string
	for _, p := range slices.Compact(ports) {
		words = append(words, strconv.Itoa(p))
	}
	return words
}

// sshdAddress is where the host itself reaches sshd: 127.0.0.1, or the one IPv4
// address that sshd is bound to.
func sshdAddress(f *actions.Facts) string {
	for _, l := range f.Listeners {
		ip, err := netip.ParseAddr(l.Address)
		if l.Process == "sshd" && err == nil && ip.Is4() && !ip.IsUnspecified() {
			return ip.String()
		}
	}
	return "127.0.0.1"
}
