package remedies_test

import (
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestSecurityGroupGolden(t *testing.T) {
	story := withRules(5432, rule("sgr-0db", "tcp 5432 0.0.0.0/0"))
	db := &story.Cloud.Interfaces[0].Groups[0]
	db.Rules[0].Description, db.Rules[0].Tags = "the app's", map[string]string{"team": "shop", "aws:cloudformation:stack-name": "web"}
	goldenOf(t, "port-exposed", "port-exposed", "5432/tcp", story)
	goldenOf(t, "port-exposed-all", "port-exposed", "9100/tcp", brokenInCloud())

	past := withRules(8080, rule("sgr-0app", "tcp 8080 0.0.0.0/0"))
	past.Cloud.Balancers = soundInCloud().Cloud.Balancers
	goldenOf(t, "port-lb-bypass", "port-lb-bypass", "8080/tcp", past)
	goldenOf(t, "imds-v1", "imds-v1", "", brokenInCloud())
}

// Who logs in through a rule that goes is at stake, whatever port it is about.
func TestSSHIsGuarded(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		change     func(*actions.Facts)
		lockout    bool
	}{
		{"the database's port alone", "tcp 5432 0.0.0.0/0", nil, false},
		{"a range with SSH in it", "tcp 22-5432 0.0.0.0/0", nil, true},
		{"every protocol", "-1 all 0.0.0.0/0", nil, true},
		{"the port that the bot dials", "tcp 5000-5432 0.0.0.0/0", func(f *actions.Facts) { f.Host.Port = 5022 }, true},
		{"the port that its connection arrived on", "tcp 5000-5432 0.0.0.0/0", func(f *actions.Facts) { f.SSHD.Port = 5022 }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := withRules(5432, rule("sgr-1", c.rule))
			if c.change != nil {
				c.change(f)
			}
			change, _, err := actions.Derive(f, find(t, "port-exposed"), "5432/tcp")
			if err != nil {
				t.Fatal(err)
			}
			var guards []string
			for _, n := range change.Guards {
				guards = append(guards, n.Guard)
			}
			want := "peers-admitted"
			if c.lockout {
				want = "key-login second-way-in not-our-own-door peers-admitted"
			}
			if got := strings.Join(guards, " "); change.Lockout() != c.lockout || got != want {
				t.Errorf("lockout %v, guards %s; want %v, %s", change.Lockout(), got, c.lockout, want)
			}
		})
	}
}

// Whoever shares a group whose rules change is named once, and nobody else.
func TestOthersAreNamed(t *testing.T) {
	f := withRules(5432, rule("sgr-1", "tcp 5432 0.0.0.0/1"))
	second := rule("sgr-2", "tcp 5432 128.0.0.0/1")
	second.Group = "sg-0also"
	f.Cloud.Interfaces[0].Groups[0].Users = []string{"eni-0web2 (web-2)", "load balancer back"}
	f.Cloud.Interfaces[0].Groups = append(f.Cloud.Interfaces[0].Groups,
		actions.SecurityGroup{ID: "sg-0also", Rules: []actions.IngressRule{second}, Users: []string{"eni-0web2 (web-2)", "eni-0a (db-1)"}},
		actions.SecurityGroup{ID: "sg-0not", Users: []string{"eni-0b (db-2)"}},
	)
	change, _, err := actions.Derive(f, find(t, "port-exposed"), "5432/tcp")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"eni-0a (db-1)", "eni-0web2 (web-2)", "load balancer back"}; !slices.Equal(change.Others, want) {
		t.Errorf("names %q, want %q", change.Others, want)
	}
	if got := words(change); got != "+tcp 5432 10.0.0.0/8\n-sgr-1\n-sgr-2" {
		t.Errorf("does\n%s", got)
	}
}

// What is approved does not depend on who is connected at the moment.
func TestPeersDoNotChangeThePlan(t *testing.T) {
	f := withRules(5432, rule("sgr-1", "tcp 5432 0.0.0.0/0"))
	quiet, _, err := actions.Derive(f, find(t, "port-exposed"), "5432/tcp")
	if err != nil {
		t.Fatal(err)
	}
	f.Peers = []actions.Peer{{Port: 5432, Address: "8.8.8.8", Count: 3}}
	busy, _, _ := actions.Derive(f, find(t, "port-exposed"), "5432/tcp")
	if quiet.Digest() != busy.Digest() {
		t.Error("the change has another digest with a peer")
	}
}
