package remedies

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// fail2ban bans addresses that guess at sshd. It counts only when its sshd jail
// runs, reads what this host's sshd logs, and can never ban the bot's own
// address or those that the configuration trusts.
var fail2ban = actions.Remedy{
	ID:         "fail2ban",
	Title:      "Nothing bans addresses that guess at sshd",
	Why:        "Whoever may try for ever gets in some day, and fills the logs until then",
	Layer:      actions.Prevention,
	Rank:       2,
	References: []string{"Lynis TOOL-5102", "Lynis TOOL-5104"},
	Needs: []actions.Section{
		actions.SectionLogin, actions.SectionSSHD, actions.SectionListeners,
		actions.SectionPackages, actions.SectionServices, actions.SectionFail2ban,
	},
	Check: checkFail2ban,
	Plan:  planFail2ban,
}

const (
	// The last file that fail2ban reads (jail.conf(5)): it wins, and the
	// team's own jail.local stays as it is.
	fail2banFile = "/etc/fail2ban/jail.d/zz-hardenbot.local"
	// The proof comes from here: an address of the host itself that nobody uses.
	fail2banProbe = "127.77.0.22"
)

func checkFail2ban(f *actions.Facts) []actions.Evidence {
	says := fail2banFaults(f)
	if len(says) == 0 {
		return nil
	}
	return []actions.Evidence{{Says: says}}
}

func fail2banFaults(f *actions.Facts) []string {
	switch {
	case f.Packages["fail2ban"].Installed == "":
		return []string{"fail2ban is not installed"}
	case !f.Fail2ban.Running:
		return []string{"fail2ban is installed and does not run"}
	case !slices.Contains(f.Fail2ban.Jails, "sshd"):
		return []string{"fail2ban runs without a jail for sshd"}
	}
	var says []string
	if s := f.Services["fail2ban.service"].Enabled; s != "enabled" {
		says = append(says, "fail2ban would not start at the next boot")
	}
	if !jailSees(f) {
		says = append(says, "the sshd jail does not read what this host's sshd writes to the journal")
	}
	spared, err := neverBanned(f)
	if err != nil {
		return append(says, err.Error())
	}
	for _, p := range spared {
		if !covered(f.Fail2ban.IgnoreIP, p) {
			says = append(says, "the sshd jail could ban "+address(p)+", which is the bot's own address or a trusted one")
		}
	}
	for _, ip := range bannedNow(f, spared) {
		says = append(says, "the sshd jail has banned "+ip+", which is the bot's own address or a trusted one")
	}
	return says
}

func planFail2ban(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	spared, err := neverBanned(f)
	if err != nil {
		return actions.Change{}, err
	}
	absent := f.Packages["fail2ban"].Installed == ""
	wanted := []string{"python3-systemd"}
	if absent {
		wanted = []string{"fail2ban", "python3-systemd", "nftables"}
	}
	pins, err := candidates(f, wanted...)
	if err != nil {
		return actions.Change{}, err
	}
	guards := []actions.Need{{Guard: "key-login"}, {Guard: "dpkg-free"}}
	steps := []actions.Step{jailStep(f, spared)}
	if len(pins) > 0 {
		call := "apt_install"
		if absent {
			call = "apt_install_stopped fail2ban.service"
		}
		install, err := installStep(call, pins)
		if err != nil {
			return actions.Change{}, err
		}
		guards, steps = append(guards, aptExact("install", pins)), append(steps, install)
	}
	return actions.Change{
		Notes: []string{
			"people who mistype five times within ten minutes are banned for ten minutes, unless the host is set otherwise; declare bastions and offices as trusted",
			"never banned: " + strings.Join(addresses(spared), ", "),
		},
		Guards: guards,
		Steps:  append(steps, startStep(f, spared)),
	}, nil
}

func addresses(networks []netip.Prefix) []string {
	list := make([]string, len(networks))
	for i, p := range networks {
		list[i] = address(p)
	}
	return list
}

// jailStep writes the jail before fail2ban can run, so that it never runs
// without knowing whom to spare.
func jailStep(f *actions.Facts, spared []netip.Prefix) actions.Step {
	return actions.Step{
		Says: "Write " + fail2banFile + ": a jail for sshd that reads the journal and never bans " + strings.Join(addresses(spared), ", "),
		Do: "keep_unit fail2ban.service\nkeep " + fail2banFile + "\nmkdir -p /etc/fail2ban/jail.d\n" +
			"put " + fail2banFile + " 0644 <<'CONF'\n" + jail(f, spared) + "CONF\n",
		Undo: "restore " + fail2banFile + "\nrmdir /etc/fail2ban/jail.d /etc/fail2ban 2>/dev/null || true\n" +
			"restore_unit fail2ban.service\n",
		UndoSays: "Put " + fail2banFile + " and the service back as they were",
		Timeout:  time.Minute,
	}
}

// startStep starts fail2ban and proves it, from both sides.
func startStep(f *actions.Facts, spared []netip.Prefix) actions.Step {
	do := "fail2ban_start\nfail2ban_spares " + strings.Join(addresses(spared), " ") + "\n"
	if ips := bannedNow(f, spared); len(ips) > 0 {
		do += "fail2ban_frees " + strings.Join(ips, " ") + "\n"
	}
	return actions.Step{
		Says: "Start fail2ban at every boot and now; prove that its sshd jail spares " + strings.Join(addresses(spared), ", ") +
			", and that it bans: logins that sshd refuses are made from " + fail2banProbe + " on the host itself until it is banned, and then freed",
		Do:       do + "fail2ban_bans " + fail2banProbe + " " + sshdAddress(f) + " " + sshPorts(f)[0] + "\n",
		Undo:     "fail2ban_release\n",
		UndoSays: "Lift all bans and stop fail2ban",
		Lockout:  true,
		Timeout:  3 * time.Minute,
	}
}
