package guards_test

import (
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/guards"
	"hardenbot/actions/host"
	"hardenbot/actions/remedies"
	"hardenbot/deploy/lab"
)

// The lab's host whose sshd these tests change, and reset again.
const sshdHost = "web-3"

// TestLabPendingSSHD finds what somebody wrote into sshd's configuration and
// did not load yet, in whichever way, and lets everything else through.
func TestLabPendingSSHD(t *testing.T) {
	env := lab.Open(t)
	client, err := host.New(host.Config{
		IdentityFile: env.Identity, KnownHosts: []string{env.KnownHosts}, Prelude: remedies.Prelude,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := sshdStage{t, env, client, actions.Host{Name: sshdHost, Address: env.Hosts[sshdHost], Port: 22, User: "ops"}}
	t.Cleanup(func() { env.Reset(t, sshdHost, lab.NoTraits) })
	for trait, cases := range map[string][]pending{
		lab.NoTraits: append(lockouts, onService...), "no-include": lockouts[:1], "socket": onSocket,
	} {
		t.Run(trait, func(t *testing.T) {
			s.t = t
			env.Reset(t, sshdHost, lab.NoTraits, trait)
			s.reloads()
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					s.t = t
					s.try(c)
				})
			}
		})
	}
}

// pending is a change on the host, what the guard has to say of it, and how to
// take it back.
type pending struct{ name, do, guard, says, undo string }

const (
	takeBackUnderSocket = `cp -p /root/sshd_config /etc/ssh/sshd_config` + restart

	takeBack = `cp -p /root/sshd_config /etc/ssh/sshd_config; systemctl reload ssh.service`
	reloaded = `touch /root/now; systemctl reload ssh.service; until [ /run/sshd.pid -nt /root/now ]; do sleep 0.05; done; sleep 0.2` // file times are only as fine as the kernel's tick
	restart  = `; systemctl reset-failed ssh.service; systemctl restart ssh.service`
	keptOut  = "would keep the bot out: "
)

var lockouts = []pending{
	{"another port", first("Port 2222"), "sshd-as-running", keptOut + "it would not listen on port 22 of 198.18.", takeBack},
	{"loopback only", first("ListenAddress 127.0.0.1"), "sshd-as-running", keptOut + "it would not listen on port 22", takeBack},
	{"other users", first("AllowUsers carla"), "sshd-as-running", keptOut + "AllowUsers would leave ops out (carla)", takeBack},
	{"the bot denied from here", first("DenyUsers ops@198.18.0.0/16"), "sshd-as-running", keptOut + "DenyUsers would leave ops out", takeBack},
	{"other groups", first("AllowGroups staff"), "sshd-as-running", keptOut + "AllowGroups would leave ops out", takeBack},
	{"keys elsewhere", first("AuthorizedKeysFile /etc/ssh/keys/%u"), "sshd-as-running", keptOut + "there would be no key of ops", takeBack},
	{"more than a key", first("AuthenticationMethods publickey,publickey"), "sshd-as-running", keptOut + "AuthenticationMethods would ask for", takeBack},
	{"in a Match block", `echo "Match Address 198.18.0.0/16\n\tPubkeyAuthentication no" >>/etc/ssh/sshd_config`, "sshd-as-running", keptOut + "PubkeyAuthentication would be no", takeBack},
}

var onService = []pending{
	{"anything", first("LogLevel VERBOSE"), "sshd-as-running", "/etc/ssh/sshd_config changed after sshd last read its configuration", takeBack},
	{"loaded by a signal", first("LogLevel VERBOSE") + `; kill -HUP $(cat /run/sshd.pid)`, "", "", takeBack},
	{"a file that an included file includes", `mkdir /etc/ssh/more; echo "LogLevel VERBOSE" >/etc/ssh/more/a.conf; ` +
		`echo "Include more/*.conf" >/etc/ssh/sshd_config.d/20-more.conf; ` + reloaded + `; touch /etc/ssh/more/a.conf`,
		"sshd-as-running", "/etc/ssh/more/a.conf changed after", `rm -r /etc/ssh/more /etc/ssh/sshd_config.d/20-more.conf; systemctl reload ssh.service`},
	{"a drop-in removed", `echo "LogLevel VERBOSE" >/etc/ssh/sshd_config.d/20-a.conf; ` + reloaded + `; rm /etc/ssh/sshd_config.d/20-a.conf`,
		"sshd-as-running", "/etc/ssh/sshd_config.d changed after", `systemctl reload ssh.service`},
	{"another host key", `ssh-keygen -q -t ed25519 -N "" -f /root/k; cat /etc/ssh/ssh_host_ed25519_key >/root/old; cat /root/k >/etc/ssh/ssh_host_ed25519_key`,
		"sshd-as-running", "/etc/ssh/ssh_host_ed25519_key changed after", `cat /root/old >/etc/ssh/ssh_host_ed25519_key; systemctl reload ssh.service`},
	{"the main file as a link", `mv /etc/ssh/sshd_config /etc/ssh/real; ln -s real /etc/ssh/sshd_config; systemctl reload ssh.service`,
		"", "", `mv -T /etc/ssh/real /etc/ssh/sshd_config; systemctl reload ssh.service`},
	{"the main file as a link, without its Include", `sed "/^Include/d" /etc/ssh/sshd_config >/etc/ssh/real; ln -sf real /etc/ssh/sshd_config; systemctl reload ssh.service`,
		"sshd-valid", "/etc/ssh/sshd_config is no regular file", `rm /etc/ssh/sshd_config; ` + takeBack},
	{"the drop-in as a link", `ln -s /dev/null /etc/ssh/sshd_config.d/00-hardenbot-ssh-password-auth.conf; systemctl reload ssh.service`,
		"sshd-valid", "00-hardenbot-ssh-password-auth.conf is no regular file", `rm /etc/ssh/sshd_config.d/00-hardenbot-*; systemctl reload ssh.service`},
	{"Match in a file that a Match block includes", `mkdir /etc/ssh/more; echo "PasswordAuthentication yes" >/etc/ssh/more/a.conf; ` +
		`echo "Match LocalPort 2022\nInclude more/*.conf" >>/etc/ssh/sshd_config; systemctl reload ssh.service`,
		"sshd-valid", "because of /etc/ssh/more/a.conf:1 (Match LocalPort 2022)", `rm -r /etc/ssh/more; ` + takeBack},
	{"a group that nobody was tried of", `echo "Match Group daemon\n\tPasswordAuthentication yes" >>/etc/ssh/sshd_config; systemctl reload ssh.service`,
		"sshd-valid", "(Match Group daemon)", takeBack},
	{"options of its own", `echo "SSHD_OPTS=\"-o LogLevel=DEBUG -p 22\"" >/etc/default/ssh; systemctl restart ssh.service`,
		"", "", `echo "SSHD_OPTS=" >/etc/default/ssh; systemctl restart ssh.service`},
	{"under another unit", `sed "/^Alias/d" /lib/systemd/system/ssh.service >/etc/systemd/system/my-sshd.service; systemctl daemon-reload; ` +
		`systemctl stop ssh.service; systemctl start my-sshd.service`,
		"sshd-as-running", "sshd is run by my-sshd.service, which hardenbot does not reload", `systemctl stop my-sshd.service; systemctl start ssh.service`},
}

var onSocket = []pending{
	{"another port means nothing", first("Port 2222") + restart, "", "", takeBackUnderSocket},
	{"other users", first("AllowUsers carla"), "sshd-as-running", keptOut + "AllowUsers would leave ops out (carla)", takeBackUnderSocket},
	{"anything", first("LogLevel VERBOSE"), "sshd-as-running", "/etc/ssh/sshd_config changed after", takeBackUnderSocket},
}

// first puts a line at the top of the main file, as an editor does, in place.
func first(line string) string {
	return `{ echo "` + line + `"; cat /root/sshd_config; } >/etc/ssh/sshd_config`
}

type sshdStage struct {
	t      *testing.T
	env    lab.Env
	client *host.Client
	host   actions.Host
}

// reloads makes a change and takes it back: neither is taken for somebody's.
func (s sshdStage) reloads() {
	s.t.Helper()
	s.env.Exec(s.t, sshdHost, "cp -p /etc/ssh/sshd_config /root/sshd_config")
	s.expect("", "")
	change := s.derive(s.facts())
	run := actions.NewID("R")
	s.run(run, change.Steps[0].Do)
	s.expect("", "")
	s.run(run, change.UndoScript())
	s.expect("", "")
}

func (s sshdStage) try(c pending) {
	s.t.Helper()
	s.env.Exec(s.t, sshdHost, c.do)
	s.expect(c.guard, c.says)
	s.env.Exec(s.t, sshdHost, c.undo)
	s.expect("", "")
}

// expect looks for exactly one refusal, that one, or none.
func (s sshdStage) expect(guard, says string) {
	s.t.Helper()
	f := s.facts()
	no := actions.Refusals(actions.AskGuards(s.t.Context(), guards.All(), f, s.derive(f), s.client))
	if guard == "" && len(no) == 0 {
		return
	}
	if len(no) != 1 || no[0].Guard != guard || !strings.Contains(no[0].Says, says) {
		s.t.Errorf("refused with %+v,\nwant %s: %s", no, guard, says)
	}
}

// derive plans on the host as it is; the drop-in is not there or counts.
func (s sshdStage) derive(f *actions.Facts) actions.Change {
	s.t.Helper()
	f.SSHD.Global["passwordauthentication"] = "yes"
	for _, r := range remedies.All() {
		if r.ID == "ssh-password-auth" {
			change, err := r.Plan(f, actions.Finding{})
			if err != nil {
				s.t.Fatal(err)
			}
			change.Guards = change.Guards[len(change.Guards)-2:] // sshd's; the others have tests of their own
			return change
		}
	}
	s.t.Fatal("there is no such remedy")
	return actions.Change{}
}

// facts reads the host, which refuses connections for a moment while sshd
// starts over.
func (s sshdStage) facts() *actions.Facts {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		f, err := s.client.Collect(s.t.Context(), s.host)
		if err == nil {
			return f
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
	}
}

func (s sshdStage) run(run, script string) {
	s.t.Helper()
	out, err := s.client.Run(s.t.Context(), s.host, actions.Script{Body: script, Run: run, Timeout: time.Minute})
	if err != nil || out.Exit != 0 {
		s.t.Fatalf("exit %d, %v\n%s%s", out.Exit, err, out.Stdout, out.Stderr)
	}
}
