package actions

import (
	"slices"
	"time"
)

// Section names one part of the facts. Each is collected, bounded and missed
// on its own.
type Section string

// The sections, in the order in which the probe prints them.
const (
	SectionOS        Section = "os"        // OS
	SectionLogin     Section = "login"     // Login
	SectionListeners Section = "listeners" // Listeners
	SectionFirewall  Section = "firewall"  // Firewall
	SectionSSHD      Section = "sshd"      // SSHD
	SectionAccounts  Section = "accounts"  // Accounts
	SectionLogins    Section = "logins"    // Logins
	SectionUpgrades  Section = "upgrades"  // Upgrades, Unneeded
	SectionPackages  Section = "packages"  // Packages
	SectionLibraries Section = "libraries" // Libraries
	SectionServices  Section = "services"  // Services
	SectionAptConfig Section = "aptconfig" // AptConfig
	SectionFail2ban  Section = "fail2ban"  // Fail2ban
	SectionPeers     Section = "peers"     // Peers
	SectionDpkg      Section = "dpkg"      // Dpkg
	SectionBoot      Section = "boot"      // Boot
)

// SectionCloud is not read on the host: it comes from the provider's API.
const SectionCloud Section = "cloud" // Cloud

// SectionOutside is not read on the host either: a Vantage tries its ports.
const SectionOutside Section = "outside" // Outside

// Sections lists all that the probe reads.
var Sections = []Section{
	SectionOS, SectionLogin, SectionListeners, SectionFirewall, SectionSSHD,
	SectionAccounts, SectionLogins, SectionUpgrades, SectionPackages,
	SectionLibraries, SectionServices, SectionAptConfig, SectionFail2ban, SectionPeers,
	SectionDpkg, SectionBoot,
}

// Facts is what was read on one host at one moment. A section that could not
// be read stands in Absent with the reason, and its field is the zero value.
type Facts struct {
	Host      Host      `json:"host"`
	Collected time.Time `json:"collected"`

	OS        OS                 `json:"os"`
	Login     Login              `json:"login"`
	Listeners []Listener         `json:"listeners"`
	Firewall  Firewall           `json:"firewall"`
	SSHD      SSHD               `json:"sshd"`
	Accounts  []Account          `json:"accounts"`
	Logins    []RecentLogin      `json:"logins"`
	Upgrades  []Upgrade          `json:"upgrades"`
	Unneeded  []Unneeded         `json:"unneeded,omitempty"` // read with the upgrades
	Packages  map[string]Package `json:"packages"`           // only the packages that remedies ask about
	Libraries []LibraryUse       `json:"libraries"`
	Services  map[string]Service `json:"services"` // by unit name, with suffix
	AptConfig map[string]string  `json:"apt_config"`
	Fail2ban  Fail2ban           `json:"fail2ban"`
	Peers     []Peer             `json:"peers"`
	Dpkg      Dpkg               `json:"dpkg,omitzero"`     // what dpkg has left undone
	Boot      Boot               `json:"boot,omitzero"`     // whether the host has to be restarted
	Cloud     *Cloud             `json:"cloud,omitempty"`   // nil where the host is not known to be in a cloud
	Outside   []Tried            `json:"outside,omitempty"` // none without a Vantage

	Absent map[Section]string `json:"absent,omitempty"`
}

// Missing returns the first of the needed sections that could not be read and
// why, or false if all of them are there.
func (f *Facts) Missing(need ...Section) (Section, string, bool) {
	for _, s := range need {
		if why, ok := f.Absent[s]; ok {
			return s, why, true
		}
	}
	return "", "", false
}

// miss notes why a section could not be read.
func (f *Facts) miss(s Section, why string) {
	if f.Absent == nil {
		f.Absent = map[Section]string{}
	}
	f.Absent[s] = why
}

// OS is the distribution (os-release(5)), the kernel and the boot.
type OS struct {
	ID      string `json:"id"`      // "debian", "ubuntu"
	Version string `json:"version"` // VERSION_ID: "12", "24.04"
	Name    string `json:"name"`    // PRETTY_NAME
	Kernel  string `json:"kernel"`  // uname -r
	BootID  string `json:"boot_id"` // changes with each boot

	// Instance is the EC2 instance that the host says it is: i-…; empty where it
	// says nothing of the kind.
	Instance string `json:"instance,omitempty"`
}

// Login is how the probe came in.
type Login struct {
	User string `json:"user"` // the login, before sudo
	Root bool   `json:"root"` // the probe itself ran as root
	From string `json:"from"` // the bot's address as the host sees it (SSH_CONNECTION)
}

// Listener is a socket that waits for connections or datagrams.
type Listener struct {
	Proto   string `json:"proto"`   // "tcp" or "udp"
	Address string `json:"address"` // "0.0.0.0", "::", "127.0.0.1"; "*" for any of both families
	Port    int    `json:"port"`
	Process string `json:"process,omitempty"` // empty if the probe may not see it
}

// Peers are known up to so many: a host may have far more. Of each port, those
// with the most connections are.
const (
	MostPeers       = 500
	MostPeersOfPort = 100
)

// Peer is an address that holds connections to a port that the host listens on.
type Peer struct {
	Port    int    `json:"port"` // TCP, on the host
	Address string `json:"address"`
	Count   int    `json:"count"` // how many connections
}

// Tried is an attempt to connect to the host by TCP, made from another host that
// stands outside of its networks.
type Tried struct {
	From    string `json:"from"`    // name of the other host
	Address string `json:"address"` // IP address or name
	Port    int    `json:"port"`
	Open    bool   `json:"open"` // the connection was accepted; otherwise it was refused, or not answered in time
}

// SSHD is what counts of sshd: `sshd -T`, in general and for each account.
type SSHD struct {
	Global  map[string]string            `json:"global"`            // keyword in lower case → value
	PerUser map[string]map[string]string `json:"per_user"`          // the same by `-C user=NAME`
	Unit    string                       `json:"unit"`              // "ssh.service", "sshd.service", "ssh.socket" or "sshd.socket"; empty if none of them runs
	Include bool                         `json:"include"`           // the main file includes our drop-ins before any other keyword
	Match   []string                     `json:"match,omitempty"`   // the Match lines of all files that sshd reads, as "FILE:LINE: Match …"
	Ours    map[string]string            `json:"ours,omitempty"`    // drop-ins named 00-hardenbot-*.conf: base name → content
	Version string                       `json:"version,omitempty"` // "OpenSSH_9.2p1 Debian-2+deb12u3"
	Address string                       `json:"address,omitempty"` // where the probe's connection arrived, as the host sees it (SSH_CONNECTION)
	Port    int                          `json:"port,omitempty"`    // the same connection's port on the host
}

// Users returns the names that PerUser knows, sorted.
func (s SSHD) Users() []string {
	names := make([]string, 0, len(s.PerUser))
	for name := range s.PerUser {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Account is a login of passwd(5), with what shadow(5) and authorized_keys say.
type Account struct {
	Name     string   `json:"name"`
	UID      int      `json:"uid"`
	Groups   []string `json:"groups,omitempty"`
	Shell    string   `json:"shell"`
	Login    bool     `json:"login"`          // the shell allows to log in
	Password string   `json:"password"`       // "usable", "locked", "empty"
	Keys     []Key    `json:"keys,omitempty"` // of its authorized_keys files
	Sudo     bool     `json:"sudo"`           // may run something as root

	// KeyLogin is why no key lets a person in as this account, as a clause that
	// follows its name: "has no authorized key". Empty means that one of Keys
	// does, as far as sshd's settings, the files' modes (StrictModes) and the
	// keys' options go. Keys that sshd gets elsewhere (AuthorizedKeysCommand,
	// TrustedUserCAKeys) and who may log in at all (AllowUsers, an expired
	// account) are not looked at. Ask ByKey rather than this field.
	KeyLogin string `json:"key_login,omitempty"`
}

// ByKey reports whether a person with one of the account's keys gets in. Where
// that was not looked at, they do not.
func (a Account) ByKey() bool {
	return a.KeyLogin == "" && slices.ContainsFunc(a.Keys, func(k Key) bool { return k.Unusable == "" })
}

// Human reports whether the account is one that people log in with: root, or
// a UID from 1000 to 59999 (login.defs(5), UID_MIN and UID_MAX) with a shell.
func (a Account) Human() bool {
	return a.Login && (a.UID == 0 || a.UID >= 1000 && a.UID < 60000)
}

// Key is one authorized key. The key itself stays on the host.
type Key struct {
	Type        string `json:"type"`
	Bits        int    `json:"bits"`
	Fingerprint string `json:"fingerprint"` // SHA256:…
	Comment     string `json:"comment,omitempty"`

	// Unusable is why the key lets no person in, or not from everywhere, as a
	// clause: "is bound to an address (from=)". Empty if it does.
	Unusable string `json:"unusable,omitempty"`
}

// RecentLogin sums up an account's accepted logins by one method within the
// time that the host's journal or auth.log reaches back, at most 90 days.
type RecentLogin struct {
	User   string    `json:"user"`
	Method string    `json:"method"` // "password", "publickey", "keyboard-interactive/pam"
	Last   time.Time `json:"last"`
	Count  int       `json:"count"`
}

// Upgrade is a pending upgrade, as `apt-get -s upgrade` names it.
type Upgrade struct {
	Package  string `json:"package"`
	Source   string `json:"source,omitempty"`
	From     string `json:"from"`
	To       string `json:"to"`
	Arch     string `json:"arch,omitempty"`
	Origin   string `json:"origin"`   // "Debian-Security:12/bookworm-security"
	Security bool   `json:"security"` // the origin is a security archive

	// Edited are the package's configuration files (dpkg's conffiles) that are
	// not as its installed version brought them. Files that the probe may not
	// read are left out.
	Edited []string `json:"edited,omitempty"`
}

// Unneeded is a package that was installed for others that are gone, or will be
// after the pending upgrades: what `apt-get autoremove` removes.
type Unneeded struct {
	Package string `json:"package"`
	Version string `json:"version"`
}

// Package is the state of a package that a remedy asks about.
type Package struct {
	Installed string `json:"installed,omitempty"` // version, empty if it is not installed
	Candidate string `json:"candidate,omitempty"` // version that apt would install, empty if none
}

// Dpkg is what dpkg(1) was cut off in the middle of.
type Dpkg struct {
	Busy        bool         `json:"busy,omitempty"`         // packages are being changed now: what is not whole may be under way
	HalfWritten bool         `json:"half_written,omitempty"` // a change of its database was not brought to its end
	Unfinished  []Unfinished `json:"unfinished,omitempty"`
}

// Unfinished is a package that is neither installed nor gone.
type Unfinished struct {
	Package   string `json:"package"` // with its architecture where dpkg needs that
	Version   string `json:"version,omitempty"`
	Want      string `json:"want"`                // what it was to become: "install", "deinstall", "purge", "hold"
	Status    string `json:"status"`              // "half-installed", "unpacked", "half-configured", "triggers-pending", …
	Again     bool   `json:"again,omitempty"`     // has to be installed once more (reinst-required)
	Candidate string `json:"candidate,omitempty"` // version that apt would install then
}

// Boot is what tells whether the host has to be restarted, and into what.
type Boot struct {
	Container string   `json:"container,omitempty"` // kind of container that the host is, "systemd-nspawn"; its kernel is another machine's
	Version   string   `json:"version,omitempty"`   // of the running kernel's package, where the kernel names it: "6.1.158-1"
	Kernels   []Kernel `json:"kernels,omitempty"`   // that are installed as packages
	Required  bool     `json:"required,omitempty"`  // /run/reboot-required is there
	Packages  []string `json:"packages,omitempty"`  // that asked for it
}

// Kernel is an installed kernel.
type Kernel struct {
	Release string `json:"release"` // what `uname -r` says once it runs: "6.1.0-41-amd64"
	Version string `json:"version"` // of its package: "6.1.158-1"
}

// LibraryUse is a unit whose processes map a library that was replaced on disk
// or that belongs to the critical ones (libssl, libcrypto, libc).
type LibraryUse struct {
	Unit    string `json:"unit"` // "nginx.service"; "session-3.scope" for logins
	Path    string `json:"path"`
	Deleted bool   `json:"deleted"` // the file on disk is another one by now
}

// Service is a systemd unit's state.
type Service struct {
	Load    string `json:"load"`    // "loaded", "not-found", "masked"
	Active  string `json:"active"`  // "active", "inactive", "failed"
	Enabled string `json:"enabled"` // "enabled", "disabled", "static", "masked"
}

// Fail2ban is what fail2ban-client says.
type Fail2ban struct {
	Running  bool     `json:"running"`
	Jails    []string `json:"jails,omitempty"`
	Backend  string   `json:"backend,omitempty"`   // of the sshd jail
	Matches  []string `json:"matches,omitempty"`   // its journalmatch terms
	IgnoreIP []string `json:"ignore_ip,omitempty"` // its ignoreip entries
	Banned   []string `json:"banned,omitempty"`    // addresses banned by it now
}
