package remedies_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hardenbot/actions"
	"hardenbot/actions/guards"
	"hardenbot/actions/host"
	"hardenbot/actions/remedies"
	"hardenbot/deploy/lab"
)

// The lab's host that these tests change, and reset again.
const labHost = "web-3"

// stage is the lab's host with a way to it.
type stage struct {
	env    lab.Env
	client *host.Client
	host   actions.Host
}

// TestLabAccess makes every change of sshd on a real host and takes it back,
// and sees that hosts on which it would lock people out are left alone.
func TestLabAccess(t *testing.T) {
	env := lab.Open(t)
	client, err := host.New(host.Config{
		IdentityFile: env.Identity, KnownHosts: []string{env.KnownHosts}, Prelude: remedies.Prelude,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := stage{env, client, actions.Host{Name: labHost, Address: env.Hosts[labHost], Port: 22, User: "ops"}}
	t.Cleanup(func() { env.Reset(t, labHost, lab.NoTraits) })
	for _, trait := range []string{lab.NoTraits, "cloud-init", "no-include", "socket"} {
		t.Run(trait, func(t *testing.T) {
			env.Reset(t, labHost, lab.NoTraits, trait)
			for _, id := range []string{"ssh-password-auth", "ssh-root-login", "ssh-max-auth-tries"} {
				t.Run(id, func(t *testing.T) { s.mendAndUndo(t, id) })
			}
		})
	}
	s.refusals(t)
}

func (s stage) mendAndUndo(t *testing.T, id string) {
	before := s.etcSSH(t)
	remedy := find(t, id)
	change := s.derive(t, remedy)
	for _, a := range actions.AskGuards(t.Context(), guards.All(), s.facts(t), change, s.client) {
		if !a.OK {
			t.Fatalf("%s refuses: %s; %s", a.Guard, a.Says, a.Mend)
		}
	}
	if s.etcSSH(t) != before {
		t.Fatal("a guard changed something")
	}
	run := actions.NewID("R")
	s.run(t, run, change.Steps[0].Do, change.Steps[0].Timeout)
	if err := s.client.Prove(t.Context(), s.host); err != nil {
		t.Error(err)
	}
	if err := actions.Verify(t.Context(), s.client, s.host, remedy, ""); err != nil {
		t.Error(err)
	}
	if _, _, err := actions.Derive(s.facts(t), remedy, ""); !errors.Is(err, actions.ErrSound) {
		t.Errorf("after the change there still is something to do: %v", err)
	}
	if id == "ssh-password-auth" && s.passwordWorks(t) {
		t.Error("the host still takes the password")
	}
	s.run(t, run, change.UndoScript(), time.Minute)
	if after := s.etcSSH(t); after != before {
		t.Errorf("undone to\n%s\nit was\n%s", after, before)
	}
	if again := s.derive(t, remedy); again.Digest() != change.Digest() {
		t.Error("undone, the host would get another change than before")
	}
	if id == "ssh-password-auth" && !s.passwordWorks(t) {
		t.Error("undone, the host does not take the password any more")
	}
}

func (s stage) refusals(t *testing.T) {
	for _, c := range []struct{ trait, user, remedy, guard, says string }{
		{"match", "ops", "ssh-password-auth", "sshd-valid", "for deploy (yes), because of /etc/ssh/sshd_config:125 (Match User deploy)"},
		{"password-human", "ops", "ssh-password-auth", "nobody-left-behind", "alice (last on "},
		{"root-only", "root", "ssh-root-login", "not-our-own-door", "the bot itself logs in as root"},
		{"no-sudo", "ops", "ssh-password-auth", "", "could not be read"},
	} {
		t.Run(c.trait, func(t *testing.T) {
			s.env.Reset(t, labHost, lab.NoTraits, c.trait)
			s.host.User = c.user
			before := s.etcSSH(t)
			change, _, err := actions.Derive(s.facts(t), find(t, c.remedy), "")
			switch {
			case c.guard == "":
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("it is planned with %v, want %q", err, c.says)
				}
			case err != nil:
				t.Fatal(err)
			default:
				s.refused(t, change, c.guard, c.says)
			}
			if s.etcSSH(t) != before {
				t.Error("something was changed")
			}
		})
	}
}

// refused looks for that refusal.
func (s stage) refused(t *testing.T, change actions.Change, guard, says string) {
	t.Helper()
	no := actions.Refusals(actions.AskGuards(t.Context(), guards.All(), s.facts(t), change, s.client))
	if !slices.ContainsFunc(no, func(a actions.Answer) bool { return a.Guard == guard && strings.Contains(a.Says, says) }) {
		t.Errorf("refused with %+v, want %s: %s", no, guard, says)
	}
}

func (s stage) facts(t *testing.T) *actions.Facts {
	t.Helper()
	f, err := s.client.Collect(t.Context(), s.host)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (s stage) derive(t *testing.T, r actions.Remedy) actions.Change {
	t.Helper()
	change, _, err := actions.Derive(s.facts(t), r, "")
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func (s stage) run(t *testing.T, run, script string, limit time.Duration) {
	t.Helper()
	out, err := s.client.Run(t.Context(), s.host, actions.Script{Body: script, Run: run, Timeout: limit})
	if err != nil || out.Exit != 0 {
		t.Fatalf("exit %d, %v\n%s%s\nof\n%s", out.Exit, err, out.Stdout, out.Stderr, script)
	}
}

// etcSSH lists /etc/ssh: type, mode, owner and target of all, size and time of
// what is no directory, and the digest of each file.
func (s stage) etcSSH(t *testing.T) string {
	t.Helper()
	return s.env.Exec(t, labHost, `cd /etc/ssh && {
		find . -printf '%P %y %m %U:%G %l\n'
		find . ! -type d -printf '%P %s %T@\n'
		find . -type f -exec sha256sum {} +
	} | sort`)
}

// passwordWorks logs in with the password and nothing else.
func (s stage) passwordWorks(t *testing.T) bool {
	t.Helper()
	known, err := knownhosts.New(s.env.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	address := net.JoinHostPort(s.host.Address, "22")
	tcp, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range answers {
			answers[i] = s.env.Password
		}
		return answers, nil
	}
	conn, _, _, err := ssh.NewClientConn(tcp, address, &ssh.ClientConfig{
		User: "ops", HostKeyCallback: known,
		Auth: []ssh.AuthMethod{ssh.Password(s.env.Password), ssh.KeyboardInteractive(answer)},
	})
	if err != nil {
		if !strings.Contains(err.Error(), "unable to authenticate") {
			t.Fatal(err)
		}
		return false
	}
	conn.Close()
	return true
}
