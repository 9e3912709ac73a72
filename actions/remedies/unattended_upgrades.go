package remedies

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// unattendedUpgrades has the host install security updates by itself, without
// ever rebooting. What counts is the effective configuration of apt and the
// timers that act on it, not that the package is there.
var unattendedUpgrades = actions.Remedy{
	ID:         "unattended-upgrades",
	Title:      "Security updates are not installed automatically",
	Why:        "Pending security updates come back every week; a host that installs them itself does not wait for an audit",
	Layer:      actions.Prevention,
	Rank:       1,
	References: []string{"Lynis PKGS-7420"},
	Needs:      []actions.Section{actions.SectionOS, actions.SectionPackages, actions.SectionAptConfig, actions.SectionServices},
	Check:      checkUnattendedUpgrades,
	Plan:       planUnattendedUpgrades,
}

const unattendedFile = "/etc/apt/apt.conf.d/52hardenbot-unattended-upgrades"

var unattendedTimers = []string{"apt-daily.timer", "apt-daily-upgrade.timer"}

// securityOrigins are the security archives as the distributions' own
// 50unattended-upgrades names them, by os-release's ID.
var securityOrigins = map[string]struct {
	list    string
	entries []string
}{
	"debian": {"Unattended-Upgrade::Origins-Pattern", []string{
		"origin=Debian,codename=${distro_codename},label=Debian-Security",
		"origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
	}},
	"ubuntu": {"Unattended-Upgrade::Allowed-Origins", []string{"${distro_id}:${distro_codename}-security"}},
}

func checkUnattendedUpgrades(f *actions.Facts) []actions.Evidence {
	var says []string
	if f.Packages["unattended-upgrades"].Installed == "" {
		says = append(says, "the package unattended-upgrades is not installed")
	}
	for _, key := range []string{"APT::Periodic::Update-Package-Lists", "APT::Periodic::Unattended-Upgrade"} {
		if v := aptSetting(f, key); v == "" || v == "0" {
			says = append(says, key+" is off in apt's configuration")
		}
	}
	if aptSetting(f, "APT::Periodic::Enable") == "0" {
		says = append(says, "APT::Periodic::Enable turns all of apt's timers' work off")
	}
	if !securityOrigin(f) {
		says = append(says, "unattended-upgrades does not take from the security archive")
	}
	if reboots(f) {
		says = append(says, "Unattended-Upgrade::Automatic-Reboot lets hosts reboot unasked")
	}
	for _, timer := range timersOff(f) {
		says = append(says, timer+" is not enabled and active")
	}
	if len(says) == 0 {
		return nil
	}
	return []actions.Evidence{{Says: says}}
}

// aptSetting returns the value of a key of `apt-config dump`. apt.conf(5) does
// not tell capitals from small letters.
func aptSetting(f *actions.Facts, key string) string {
	for k, v := range f.AptConfig {
		if strings.EqualFold(k, key) {
			return v
		}
	}
	return ""
}

// securityOrigin reports whether one of the lists of origins names a security
// archive.
func securityOrigin(f *actions.Facts) bool {
	for key, value := range f.AptConfig {
		key = strings.ToLower(key)
		list := strings.HasPrefix(key, "unattended-upgrade::origins-pattern") ||
			strings.HasPrefix(key, "unattended-upgrade::allowed-origins")
		if list && strings.Contains(strings.ToLower(value), "security") {
			return true
		}
	}
	return false
}

func reboots(f *actions.Facts) bool {
	v := strings.ToLower(aptSetting(f, "Unattended-Upgrade::Automatic-Reboot"))
	return slices.Contains([]string{"true", "yes", "on", "with", "enable", "1"}, v)
}

func timersOff(f *actions.Facts) []string {
	return slices.DeleteFunc(slices.Clone(unattendedTimers), func(timer string) bool {
		s := f.Services[timer]
		return s.Enabled == "enabled" && s.Active == "active"
	})
}

func planUnattendedUpgrades(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	if _, known := securityOrigins[f.OS.ID]; !known {
		return actions.Change{}, fmt.Errorf("the security archives of %q are not known here, only Debian's and Ubuntu's: set up its automatic updates by hand", f.OS.ID)
	}
	pins, err := candidates(f, "unattended-upgrades")
	if err != nil {
		return actions.Change{}, err
	}
	guards := []actions.Need{{Guard: "dpkg-free"}}
	steps := []actions.Step{unattendedConfig(f)}
	if len(pins) > 0 {
		step, err := installStep("apt_install", pins)
		if err != nil {
			return actions.Change{}, err
		}
		// Purged, the package would leave its service running.
		step.Do = "keep_unit unattended-upgrades.service\n" + step.Do
		step.Undo = "restore_unit unattended-upgrades.service\n" + step.Undo
		guards, steps = append(guards, aptExact("install", pins)), append(steps, step)
	}
	return actions.Change{
		Notes: []string{
			"from then on the host installs pending security updates itself, at a random time after 06:00, and restarts what they restart; it never reboots",
			"the trial run downloads the pending updates and installs none",
		},
		Guards: guards,
		Steps:  append(steps, unattendedStart()),
	}, nil
}

// unattendedConfig writes the file. It sorts after the distribution's own
// 20auto-upgrades and 50unattended-upgrades, and so wins.
func unattendedConfig(f *actions.Facts) actions.Step {
	return actions.Step{
		Says: "Write " + unattendedFile + ": refresh the lists and install security updates daily, never reboot",
		Do: "keep " + unattendedFile + "\n" +
			"put " + unattendedFile + " 0644 <<'CONF'\n" + unattendedContent(f) + "CONF\n",
		Undo:     "restore " + unattendedFile + "\n",
		UndoSays: "Put " + unattendedFile + " back as it was",
		Timeout:  30 * time.Second,
	}
}

// unattendedContent adds the security archives to the origins, where they may
// stand already. It takes all others away only where nobody has chosen any:
// where the package comes with this change.
func unattendedContent(f *actions.Facts) string {
	var b strings.Builder
	b.WriteString("// Written by hardenbot (unattended-upgrades).\n" +
		"APT::Periodic::Enable \"1\";\n" +
		"APT::Periodic::Update-Package-Lists \"1\";\n" +
		"APT::Periodic::Unattended-Upgrade \"1\";\n" +
		"Unattended-Upgrade::Automatic-Reboot \"false\";\n")
	origins := securityOrigins[f.OS.ID]
	if f.Packages["unattended-upgrades"].Installed == "" {
		b.WriteString("#clear " + origins.list + ";\n")
	}
	b.WriteString(origins.list + " {\n")
	for _, o := range origins.entries {
		b.WriteString("\t\"" + o + "\";\n")
	}
	b.WriteString("};\n")
	return b.String()
}

// unattendedStart turns apt's timers on and tries what they will do. Both are
// persistent: one that has not run for a day would run at once, on every host
// and outside of any plan.
func unattendedStart() actions.Step {
	timers := strings.Join(unattendedTimers, " ")
	return actions.Step{
		Says: "Enable and start " + strings.Join(unattendedTimers, " and ") +
			", to run at their next regular time; prove it by a trial run (`unattended-upgrade --dry-run`)",
		Do: "for timer in " + timers + "; do\n" +
			"\tkeep_unit \"$timer\"\n" +
			"\tunit_runs \"$timer\" || touch \"/var/lib/systemd/timers/stamp-$timer\"\n" +
			"\tsystemctl unmask -- \"$timer\"\n" +
			"\tsystemctl enable --now -- \"$timer\"\n" +
			"done\n" +
			"timeout 300 unattended-upgrade --dry-run ||\n" +
			"\tfail 'unattended-upgrade --dry-run failed; /var/log/unattended-upgrades says why'\n",
		Undo:     "for timer in " + timers + "; do\n\trestore_unit \"$timer\"\ndone\n",
		UndoSays: "Put the timers back as they were",
		Timeout:  6 * time.Minute,
	}
}
