package guards_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// asRunning is what the script prints where nothing is pending.
const asRunning = `unit ssh.service
started 2026-11-20 14:00:00 UTC
group ops
group adm
counts pubkeyauthentication yes
counts permitrootlogin prohibit-password
counts listenaddress [::]:22
counts listenaddress 0.0.0.0:22
counts authorizedkeysfile .ssh/authorized_keys
counts authenticationmethods any
end
`

func here22() *actions.Facts {
	f := actionstest.Sound()
	f.SSHD.Address, f.SSHD.Port = "203.0.113.11", 22
	return f
}

func TestSSHDAsRunningJudges(t *testing.T) {
	const socket, each = "unit ssh.socket", "started each"
	more := func(lines string) []string { return []string{"end\n", lines + "\nend\n"} }
	for _, c := range []struct {
		name string
		swap []string // old, new, …
		ok   bool
		says string
	}{
		{"as it is", nil, true, "sshd has read its configuration as it is now"},
		{"changed since", more("newer /etc/ssh/sshd_config"), false,
			"/etc/ssh/sshd_config changed after sshd last read its configuration (2026-11-20 14:00:00 UTC)"},
		{"many files", more("newer a\nnewer b\nnewer c\nnewer d\nnewer e"), false, "a, b, c and 2 more changed"},
		{"another port", []string{":22", ":2222"}, false, "it would not listen on port 22 of 203.0.113.11 ([::]:2222 0.0.0.0:2222)"},
		{"its own address", []string{"0.0.0.0:22", "203.0.113.11:22"}, true, ""},
		{"loopback", []string{"0.0.0.0:22", "127.0.0.1:22"}, false, "it would not listen on port 22"},
		{"IPv6 only", []string{"counts listenaddress 0.0.0.0:22\n", ""}, false, "it would not listen on port 22"},
		{"under a socket the port means nothing", []string{":22", ":2222", "unit ssh.service", socket}, true, ""},
		{"an sshd for each connection", []string{"unit ssh.service", socket, "started 2026-11-20 14:00:00 UTC", each}, true, "each connection has an sshd of its own"},
		{"not seen to be one", []string{"started 2026-11-20 14:00:00 UTC", each}, false, "it has no pid file"},
		{"no pid file", []string{"started 2026-11-20 14:00:00 UTC", "started unknown"}, false, "it has no pid file"},
		{"another unit", []string{"unit ssh.service", "by my-sshd.service"}, false, "sshd is run by my-sshd.service, which hardenbot does not reload"},
		{"no unit", []string{"unit ssh.service", "by "}, false, "sshd is run by no unit of systemd"},
		{"another file", more("other"), false, "another configuration than /etc/ssh/sshd_config (-f)"},
		{"no keys", []string{"pubkeyauthentication yes", "pubkeyauthentication no"}, false, "PubkeyAuthentication would be no"},
		{"more than a key", []string{"methods any", "methods publickey,password"}, false, "AuthenticationMethods would ask for publickey,password"},
		{"a key is one of the ways", []string{"methods any", "methods publickey,password publickey"}, true, ""},
		{"other users", more("counts allowusers carol"), false, "AllowUsers would leave ops out (carol)"},
		{"the user among others", more("counts allowusers carol\ncounts allowusers op?"), true, ""},
		{"the user from here", more("counts allowusers ops@192.0.2.0/24"), true, ""},
		{"the user from elsewhere", more("counts allowusers ops@198.51.100.0/24"), false, "AllowUsers would leave ops out"},
		{"the user from all but here", more("counts allowusers ops@!192.0.2.9,*"), false, "AllowUsers would leave ops out"},
		{"denied", more("counts denyusers o*"), false, "DenyUsers would leave ops out (o*)"},
		{"others denied", more("counts denyusers carol ops@10.*"), true, ""},
		{"other groups", more("counts allowgroups staff"), false, "AllowGroups would leave ops out (staff)"},
		{"one of the groups", more("counts allowgroups staff a*m"), true, ""},
		{"group denied", more("counts denygroups adm"), false, "DenyGroups would leave ops out (adm)"},
		{"cut off", []string{"end\n", ""}, false, "cut off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := actions.Output{Stdout: strings.NewReplacer(c.swap...).Replace(asRunning)}
			expect(t, ask(t, "sshd-as-running", here22(), nil, witness{out: out}), c.ok, c.says)
		})
	}
}

func TestSSHDAsRunningNeedsTheBotsWay(t *testing.T) {
	out := witness{out: actions.Output{Stdout: asRunning}}
	f := here22()
	f.SSHD.Port = 0
	expect(t, ask(t, "sshd-as-running", f, nil, out), false, "did not tell by which address and port")

	f = here22()
	f.Accounts[1].Keys = nil
	expect(t, ask(t, "sshd-as-running", f, nil, out), false, "there would be no key of ops where it looks for one (AuthorizedKeysFile .ssh/authorized_keys)")
	f.SSHD.PerUser["ops"]["authorizedkeyscommand"] = "/usr/bin/keys"
	expect(t, ask(t, "sshd-as-running", f, nil, out), true, "")

	f = here22()
	f.Login.User = "root"
	f.Accounts[0].Keys = f.Accounts[1].Keys
	expect(t, ask(t, "sshd-as-running", f, nil, out), true, "")
	out.out.Stdout = strings.Replace(asRunning, "prohibit-password", "no", 1)
	expect(t, ask(t, "sshd-as-running", f, nil, out), false, "PermitRootLogin would be no")
}

func TestSSHDAsRunningQuotes(t *testing.T) {
	for _, bad := range []string{"$(hostile_word)", "'; hostile_word '", "`hostile_word`", "a hostile_word"} {
		f := here22()
		f.Login.User, f.Login.From = bad, bad
		var script actions.Script
		ask(t, "sshd-as-running", f, nil, witness{script: &script})
		if err := actionstest.CheckScript(script.Body); err != nil || script.Run != "" {
			t.Errorf("with %q: %v", bad, err)
		}
	}
}
