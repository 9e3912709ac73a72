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
		{"another port of sshd, by its settings", "tcp 5000-5432 0.0.0.0/0", func(f *actions.Facts) { f.SSHD.Global["port"] = "22\n5022" }, true},
		{"another port of sshd, by its listener", "tcp 5000-5432 0.0.0.0/0", func(f *actions.Facts) {
			f.Listeners = append(f.Listeners, actions.Listener{Proto: "tcp", Address: "*", Port: 5022, Process: "sshd"})
		}, true},
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

func TestNotesOfWhatElseEnds(t *testing.T) {
	const also = "the rule sgr-1 also let 0.0.0.0/0 in to 5433/tcp, 5433/udp, 6000/tcp, on which the host listens: that ends as well, but for those that the new rules name"
	const home = "the host's own network (that of 10.0.1.11) is not among the internal networks: whoever comes from there is let in only where another rule does that"
	listens := func(f *actions.Facts) {
		f.Listeners = append(f.Listeners, []actions.Listener{
			{Proto: "tcp", Address: "*", Port: 6000}, {Proto: "udp", Address: "*", Port: 5433}, {Proto: "tcp", Address: "0.0.0.0", Port: 5433}, {Proto: "tcp", Address: "::", Port: 5433},
			{Proto: "tcp", Address: "127.0.0.1", Port: 5500}, {Proto: "tcp", Address: "172.17.0.1", Port: 5501}, {Proto: "udp", Address: "*", Port: 40000},
			{Proto: "tcp", Address: "*", Port: 5600}, {Proto: "tcp", Address: "*", Port: 7000},
		}...)
		f.Host.Declared.Ports.Internet = []int{5600}
	}
	for _, c := range []struct {
		name, rule string
		change     func(*actions.Facts)
		note       string
		noted      bool
	}{
		{"a range", "tcp 5000-6000 0.0.0.0/0", listens, strings.Replace(also, " 5433/udp,", "", 1), true},
		{"every protocol", "-1 all 0.0.0.0/0", func(f *actions.Facts) {
			listens(f)
			f.Listeners = f.Listeners[:len(f.Listeners)-1]
		}, also, true},
		{"the port alone", "tcp 5432 0.0.0.0/0", listens, "the rule sgr-1 also", false},
		{"from elsewhere", "tcp 5432 0.0.0.0/0", func(f *actions.Facts) { f.Host.Declared.Networks.Internal = []string{"172.16.0.0/12"} }, home, true},
		{"from an internal network", "tcp 5432 0.0.0.0/0", nil, "the host's own network", false},
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
			if got := slices.ContainsFunc(change.Notes, func(n string) bool { return strings.HasPrefix(n, c.note) }); got != c.noted {
				t.Errorf("notes %q; want %q among them: %v", change.Notes, c.note, c.noted)
			}
		})
	}
}
