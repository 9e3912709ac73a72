package simhost_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/guards"
	"hardenbot/actions/remedies"
)

var (
	alice = actions.Person{ID: "U0ALICE", Name: "alice"}
	bob   = actions.Person{ID: "U0BOB", Name: "bob"}
)

// roll plans the remedy on the host, has it approved and carries it out, by the
// very code that does so on real hosts.
func (w *world) roll(t *testing.T, remedy, subject string) (actions.Plan, actions.Run) {
	t.Helper()
	ledger := actionstest.NewLedger()
	policy := actions.Policy{Requesters: []string{alice.ID}, Approvers: []string{bob.ID}, Approvals: 1, ApprovalTTL: time.Hour}
	catalogue := remedies.All()
	planner := actions.Planner{Fleet: w.fleet, Catalogue: catalogue, Guards: guards.All(), Prelude: remedies.PreludeDigest,
		Ledger: ledger, Policy: policy, Parallel: 1, Now: time.Now}
	plan, err := planner.Plan(w.ctx, actions.PlanRequest{Remedy: remedy, Subject: subject, Hosts: []actions.Host{w.as}, Requester: alice})
	if err != nil {
		t.Fatal(err)
	}
	if plan.State != actions.PlanWaiting {
		return plan, actions.Run{}
	}
	approver := actions.Approver{Ledger: ledger, Policy: policy, Now: time.Now}
	plan, started, err := approver.Decide(w.ctx, plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if err != nil || !started {
		t.Fatal(err)
	}
	roller := actions.Roller{Fleet: w.fleet, Catalogue: catalogue, Guards: guards.All(), Prelude: remedies.PreludeDigest,
		Ledger: ledger, ProofTime: time.Minute, Now: time.Now}
	run, err := roller.Execute(w.ctx, plan.RunID)
	if err != nil {
		t.Fatal(err)
	}
	return plan, run
}

// Every fix of the story's hosts goes through: guards, switch, proof, and the
// scan afterwards finds nothing any more.
func TestFixes(t *testing.T) {
	w := start(t, nil)
	for _, c := range []struct{ remedy, subject string }{
		{"ssh-password-auth", ""}, {"ssh-root-login", ""}, {"ssh-max-auth-tries", ""},
		{"pkg-security-updates", "critical"}, {"pkg-security-updates", "rest"},
		{"fail2ban", ""}, {"unattended-upgrades", ""},
	} {
		t.Run(c.remedy+c.subject, func(t *testing.T) {
			plan, run := w.roll(t, c.remedy, c.subject)
			if plan.State == actions.PlanRefused {
				t.Fatalf("refused: %+v", plan.Excluded)
			}
			if run.State != actions.RunDone || run.Hosts[0].State != actions.Done {
				t.Fatalf("the run ended %s: %+v", run.State, run.Hosts)
			}
			remedy, err := actions.Find(remedies.All(), c.remedy)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := actions.Derive(w.facts(t), remedy, c.subject); !errors.Is(err, actions.ErrSound) {
				t.Errorf("there still is something to mend: %v", err)
			}
		})
	}
}

// sshd lets in whom its configuration lets in.
func TestPasswordsFollowTheConfiguration(t *testing.T) {
	w := start(t, nil)
	if !password(t, w, "alice", "correct horse") || !password(t, w, "root", "changeme") {
		t.Fatal("the passwords are not taken to begin with")
	}
	if password(t, w, "alice", "wrong") || password(t, w, "ops", "") {
		t.Fatal("a wrong password is taken")
	}
	if err := w.Write("/etc/ssh/sshd_config.d/00-a.conf", "PermitRootLogin no\nMatch User alice\n\tPasswordAuthentication no\n", 0o600); err != nil {
		t.Fatal(err)
	}
	if !password(t, w, "alice", "correct horse") {
		t.Error("it counts before it was read")
	}
	if said, status := w.Systemctl("reload", "ssh"); status != 0 {
		t.Fatal(said)
	}
	if password(t, w, "alice", "correct horse") || password(t, w, "root", "changeme") {
		t.Error("it does not count after it was read")
	}
}

// A configuration that sshd does not accept keeps it from starting again, and
// then nobody gets in.
func TestBrokenConfigurationRefusesLogins(t *testing.T) {
	w := start(t, nil)
	if err := w.Write("/etc/ssh/sshd_config.d/99-broken.conf", "PermitRootLogin maybe\n", 0o600); err != nil {
		t.Fatal(err)
	}
	if _, status := w.Systemctl("reload", "ssh"); status == 0 {
		t.Error("it was reloaded with a broken configuration")
	}
	if err := w.fleet.Prove(w.ctx, w.as); err != nil {
		t.Errorf("a refused reload locks out: %v", err)
	}
	if _, status := w.Systemctl("restart", "ssh"); status == 0 {
		t.Error("it was restarted with a broken configuration")
	}
	if err := w.fleet.Prove(w.ctx, w.as); err == nil {
		t.Error("somebody gets in where no sshd runs")
	}
	if err := w.Write("/etc/ssh/sshd_config.d/99-broken.conf", "PermitRootLogin no\n", 0o600); err != nil {
		t.Fatal(err)
	}
	if said, status := w.Systemctl("start", "ssh"); status != 0 {
		t.Fatal(said)
	}
	if err := w.fleet.Prove(w.ctx, w.as); err != nil {
		t.Errorf("mended, it lets nobody in: %v", err)
	}
}

// The dead-man switch puts the host back by itself.
func TestSwitchFires(t *testing.T) {
	w := start(t, nil)
	const run = "R-simulated"
	change := actions.Script{Run: run, Body: "keep /etc/motd\nprintf 'after\\n' | put /etc/motd 0644\n"}
	if err := w.Write("/etc/motd", "before\n", 0o644); err != nil {
		t.Fatal(err)
	}
	if err := w.fleet.Arm(w.ctx, w.as, run, "restore /etc/motd\n", time.Second); err != nil {
		t.Fatal(err)
	}
	if out, err := w.fleet.Run(w.ctx, w.as, change); err != nil || out.Exit != 0 {
		t.Fatal(out, err)
	}
	if text, _ := w.Read("/etc/motd"); text != "after\n" {
		t.Fatalf("the change made it %q", text)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if text, _ := w.Read("/etc/motd"); text == "before\n" {
			return
		}
		if time.Now().After(until) {
			t.Fatal("the switch did not fire")
		}
	}
}

func password(t *testing.T, w *world, user, text string) bool {
	t.Helper()
	c, err := ssh.Dial("tcp", "127.0.0.1:"+itoa(w.Port()), &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.Password(text)}, HostKeyCallback: ssh.FixedHostKey(w.HostKey()), Timeout: 5 * time.Second,
	})
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
