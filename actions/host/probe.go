package host

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/dpkgstate"
	"hardenbot/actions/sshdconfig"
)

// askPackages are the packages whose state the remedies ask for.
var askPackages = []string{
	"openssl", "libssl1.1", "libssl3", "libssl3t64", "openssh-server", "libc6", "sudo",
	"fail2ban", "python3-systemd", "unattended-upgrades", "needrestart", "nftables",
}

// askUnits are the units whose state the remedies ask for.
var askUnits = []string{
	"ssh.service", "sshd.service", "ssh.socket",
	"fail2ban.service", "unattended-upgrades.service",
	"apt-daily.timer", "apt-daily-upgrade.timer",
	"nginx.service", "apache2.service",
	"mariadb.service", "mariadb.socket", "mysql.service", "postgresql.service",
	"redis-server.service", "memcached.service",
	"prometheus.service", "prometheus-node-exporter.service",
	"nftables.service", "ufw.service", "firewalld.service",
}

//go:embed probe/*.sh
var probeFiles embed.FS

// probed is one section of the probe.
type probed struct {
	section actions.Section
	limit   time.Duration
	bytes   int
	parse   func(string, *actions.Facts) error
}

// probedSections lists them in the order in which they run: the quick ones
// first, so that a host that runs out of time has told most of it.
var probedSections = []probed{
	{actions.SectionOS, 5 * time.Second, 16 << 10, parseOS},
	{actions.SectionLogin, 5 * time.Second, 4 << 10, parseLogin},
	{actions.SectionListeners, 10 * time.Second, 1 << 20, parseListeners},
	{actions.SectionPeers, 10 * time.Second, 64 << 10, parsePeers},
	{actions.SectionFirewall, 10 * time.Second, 2 << 20, parseFirewall},
	{actions.SectionSSHD, 15 * time.Second, 1 << 20, parseSSHD},
	{actions.SectionAccounts, 15 * time.Second, 1 << 20, parseAccounts},
	{actions.SectionServices, 10 * time.Second, 64 << 10, parseServices},
	{actions.SectionAptConfig, 10 * time.Second, 64 << 10, parseAptConfig},
	{actions.SectionDpkg, 10 * time.Second, 256 << 10, parseDpkg},
	{actions.SectionBoot, 10 * time.Second, 64 << 10, parseBoot},
	{actions.SectionPackages, 10 * time.Second, 64 << 10, parsePackages},
	{actions.SectionLibraries, 10 * time.Second, 512 << 10, parseLibraries},
	{actions.SectionFail2ban, 10 * time.Second, 256 << 10, parseFail2ban},
	{actions.SectionLogins, 15 * time.Second, 256 << 10, parseLogins},
	{actions.SectionUpgrades, 40 * time.Second, 512 << 10, parseUpgrades},
}

// probeCommand runs the script that comes on its standard input, as root if it
// can. It has to read the same in every login shell (bash, dash, zsh, fish,
// csh): no backslash, no exclamation mark, no line break, one kind of quote.
// sudo reads nothing of its input when it refuses, and the probe itself never
// ends with status 1, so that the second attempt starts at its first line.
const probeCommand = `/bin/sh -c 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; u=$(id -un); ` +
	`if [ "$(id -u)" = 0 ]; then exec /bin/sh -s "$u" "$SSH_CONNECTION" root; fi; ` +
	`sudo -n /bin/sh -s "$u" "$SSH_CONNECTION" sudo; ` +
	`case $? in 1) way=refused ;; 127) way=missing ;; *) exit 0 ;; esac; ` +
	`exec /bin/sh -s "$u" "$SSH_CONNECTION" $way'`

// probeScript builds the script. Its output is divided by lines that begin
// with mark, which nothing on the host can foresee.
func probeScript(mark string) string {
	var b strings.Builder
	b.WriteString("mark=" + mark + "\n" + probeFile("main") + "\n")
	for _, s := range probedSections {
		script := probeFile("common") + sshdconfig.Functions + probeFile(string(s.section))
		script = strings.ReplaceAll(script, "@DPKG_FUNCTIONS@", dpkgstate.Functions)
		script = strings.ReplaceAll(script, "@PACKAGES@", strings.Join(askPackages, " "))
		script = strings.ReplaceAll(script, "@UNITS@", strings.Join(askUnits, " "))
		script = strings.ReplaceAll(script, "@PEERS_OF_PORT@", strconv.Itoa(actions.MostPeersOfPort))
		script = strings.ReplaceAll(script, "@PEERS@", strconv.Itoa(actions.MostPeers))
		// One byte more than allowed tells output that was cut off.
		fmt.Fprintf(&b, "section %s %d %d %s\n", s.section, int(s.limit.Seconds()), s.bytes+1, quoteText(script))
	}
	b.WriteString("exit 0\n")
	return b.String()
}

func probeFile(name string) string {
	raw, err := probeFiles.ReadFile("probe/" + name + ".sh")
	if err != nil {
		panic("host: " + err.Error()) // the files are compiled in
	}
	return string(raw)
}
