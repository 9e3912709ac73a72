package remedies_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/remedies"
)

// rule is a rule of web-1's group, as "tcp 3306 0.0.0.0/0", "-1 all sg-0front",
// "tcp 8000-9000 pl-0partner".
func rule(id, text string) actions.IngressRule {
	var r actions.IngressRule
	words := strings.Fields(text)
	r.ID, r.Group, r.Proto, r.To = id, "sg-0web", words[0], 65535
	if words[1] != "all" {
		if n, _ := fmt.Sscanf(words[1], "%d-%d", &r.From, &r.To); n == 1 {
			r.To = r.From
		}
	}
	switch who := words[2]; {
	case strings.HasPrefix(who, "sg-"):
		r.Source = who
	case strings.HasPrefix(who, "pl-"):
		r.PrefixList, r.Prefixes = who, []string{"198.51.100.0/24", "10.9.0.0/16"}
	default:
		r.CIDR = who
	}
	return r
}

// words writes what a change does with rules: "+tcp 3306 10.0.0.0/8", "-sgr-1".
func words(c actions.Change) string {
	var all []string
	for _, s := range c.Steps {
		r := *s.Call.Rule
		if s.Call.Action == actions.RevokeIngress {
			all = append(all, "-"+r.ID)
			continue
		}
		ports := fmt.Sprintf("%d-%d", r.From, r.To)
		switch {
		case r.From == r.To:
			ports = fmt.Sprint(r.From)
		case r.From == 0 && r.To == 65535:
			ports = "all"
		}
		all = append(all, "+"+r.Proto+" "+ports+" "+r.CIDR+r.PrefixList+r.Source)
	}
	return strings.Join(all, "\n")
}

// withRules returns web-1 with these rules alone, one internal network, and a
// listener on the port.
func withRules(port int, rules ...actions.IngressRule) *actions.Facts {
	f := soundInCloud()
	f.Host.Declared.Networks.Internal = []string{"10.0.0.0/8"}
	f.Listeners = []actions.Listener{{Proto: "tcp", Address: "*", Port: port, Process: "app"}}
	f.Cloud.Interfaces[0].Groups[0].Rules = rules
	f.Cloud.Balancers = nil
	return f
}

func TestPlansOfRules(t *testing.T) {
	front := func(internet bool, groups ...string) func(*actions.Facts) {
		return func(f *actions.Facts) {
			b := actions.Balancer{Name: "front", Internet: internet, Targets: []actions.Target{{Port: 8080}}}
			for _, id := range groups {
				b.Groups = append(b.Groups, actions.SecurityGroup{ID: id})
			}
			f.Cloud.Balancers = []actions.Balancer{b}
		}
	}
	for _, c := range []struct {
		name, remedy, subject string
		port                  int
		rules                 []actions.IngressRule
		change                func(*actions.Facts)
		want                  string // what is done, or "!" and why nothing is
	}{
		{"the story's database", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5432 0.0.0.0/0")}, nil,
			"+tcp 5432 10.0.0.0/8\n-sgr-1"},
		{"the private ranges where none are named", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5432 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Networks.Internal = nil },
			"+tcp 5432 10.0.0.0/8\n+tcp 5432 172.16.0.0/12\n+tcp 5432 192.168.0.0/16\n-sgr-1"},
		{"IPv6", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5432 ::/0")},
			func(f *actions.Facts) {
				f.Host.Declared.Networks.Internal = nil
				f.Cloud.Interfaces[0].IPv6, f.Cloud.Interfaces[0].Gateway6 = []string{"2a05:d014::1"}, true
				f.Cloud.Interfaces[0].ACL = append(f.Cloud.Interfaces[0].ACL, actions.ACL{Number: 101, Allow: true, Proto: "-1", To: 65535, CIDR: "::/0"})
			}, "+tcp 5432 fc00::/7\n-sgr-1"},
		{"never more than the rule let in", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5432 8.8.8.0/24")}, nil, "-sgr-1"},
		{"a part of an internal network", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5432 pl-0partner")}, nil,
			"+tcp 5432 10.9.0.0/16\n-sgr-1"},
		{"split over two rules", "port-exposed", "5432/tcp", 5432,
			[]actions.IngressRule{rule("sgr-1", "tcp 5432 0.0.0.0/1"), rule("sgr-2", "tcp 5432 128.0.0.0/1")}, nil,
			"+tcp 5432 10.0.0.0/8\n-sgr-1\n-sgr-2"},
		{"the narrower one is there", "port-exposed", "5432/tcp", 5432,
			[]actions.IngressRule{rule("sgr-1", "tcp 5432 0.0.0.0/0"), rule("sgr-2", "tcp 5432 10.0.0.0/8")}, nil, "-sgr-1"},
		{"for the host alone", "port-exposed", "3306/tcp", 3306,
			[]actions.IngressRule{rule("sgr-1", "tcp 3306 0.0.0.0/0"), rule("sgr-2", "tcp 3306 10.0.0.0/8"), rule("sgr-3", "tcp 3306 sg-0other")}, nil,
			"-sgr-1\n-sgr-2\n-sgr-3"},
		{"for the host alone, in the middle of others", "port-exposed", "3306/tcp", 3306, []actions.IngressRule{rule("sgr-1", "tcp 3300-3310 sg-0other")}, nil,
			"+tcp 3300-3305 sg-0other\n+tcp 3307-3310 sg-0other\n-sgr-1"},
		{"a range", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "tcp 79-9100 0.0.0.0/0")}, nil,
			"+tcp 80 0.0.0.0/0\n+tcp 443 0.0.0.0/0\n+tcp 79-3305 10.0.0.0/8\n+tcp 3307-9100 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n+tcp 9100 192.0.2.0/24\n-sgr-1"},
		{"neighbours as one", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "tcp 4000-9100 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Ports.Internet = []int{4444, 4446, 4445} },
			"+tcp 4444-4446 0.0.0.0/0\n+tcp 4000-9100 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n+tcp 9100 192.0.2.0/24\n-sgr-1"},
		{"every protocol", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "-1 all 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Ports.Host = nil },
			"+tcp 22 0.0.0.0/0\n+tcp 80 0.0.0.0/0\n+tcp 443 0.0.0.0/0\n+icmp all 0.0.0.0/0\n+-1 all 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n+tcp 9100 192.0.2.0/24\n-sgr-1"},
		{"UDP that is listened on", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "-1 all 0.0.0.0/0")},
			func(f *actions.Facts) {
				f.Host.Declared.Ports = actions.Ports{Known: true, Internet: []int{443}, Internal: []int{9100}, Host: []int{1, 65535}}
				f.Listeners = append(f.Listeners, actions.Listener{Proto: "udp", Address: "*", Port: 443})
			},
			"+tcp 443 0.0.0.0/0\n+udp 443 0.0.0.0/0\n+icmp all 0.0.0.0/0\n+tcp 0 10.0.0.0/8\n+tcp 2-65534 10.0.0.0/8\n+udp 0 10.0.0.0/8\n+udp 2-65534 10.0.0.0/8\n+tcp 22 192.0.2.0/24\n+tcp 9100 192.0.2.0/24\n-sgr-1"},
		{"SSH keeps the trusted addresses", "port-exposed", "22/tcp", 22, []actions.IngressRule{rule("sgr-1", "tcp 22 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Ports.Internet = nil },
			"+tcp 22 10.0.0.0/8\n+tcp 22 192.0.2.0/24\n-sgr-1"},
		{"nothing declared, one port", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5432 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Ports = actions.Ports{} }, "+tcp 5432 10.0.0.0/8\n-sgr-1"},
		{"nothing declared, a range", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5000-6000 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Ports = actions.Ports{} },
			"!declare the host's ports (internet, internal, host) in the configuration and ask again"},
		{"not understood", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("sgr-1", "tcp 5432 everybody")}, nil,
			`!the rule sgr-1 is not understood (source "everybody")`},
		{"without an id", "port-exposed", "5432/tcp", 5432, []actions.IngressRule{rule("", "tcp 5432 0.0.0.0/0")}, nil,
			"!no rule of a security group can be replaced"},
		{"groups are not known", "port-exposed", "5432/tcp", 5432, nil, func(f *actions.Facts) { f.Cloud = nil },
			"!the host is not known to be in a cloud, so hardenbot has no rule to change: bind the service"},
		{"groups could not be read", "port-exposed", "5432/tcp", 5432, nil,
			func(f *actions.Facts) { f.Absent = map[actions.Section]string{actions.SectionCloud: "no credentials"} },
			"!its security groups could not be read (no credentials), so hardenbot has no rule to change"},
		{"a balancer keeps its target", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "tcp 8000-9100 0.0.0.0/0")}, front(true, "sg-0front"),
			"+tcp 8000-9100 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n+tcp 9100 192.0.2.0/24\n+tcp 8080 sg-0front\n-sgr-1"},
		{"a balancer that passes its clients on", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "tcp 8000-9100 0.0.0.0/0")}, front(true),
			"!the load balancer front serves port 8080 and has no security group"},

		{"past a balancer", "port-lb-bypass", "8080/tcp", 8080, []actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0")}, front(true, "sg-0front", "sg-0back"),
			"+tcp 8080 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n+tcp 8080 sg-0front\n+tcp 8080 sg-0back\n-sgr-1"},
		{"past a balancer that is let in", "port-lb-bypass", "8080/tcp", 8080,
			[]actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0"), rule("sgr-2", "tcp 8080 sg-0front")}, front(true, "sg-0front"),
			"+tcp 8080 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n-sgr-1"},
		{"past a balancer, undeclared", "port-lb-bypass", "8080/tcp", 8080,
			[]actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0"), rule("sgr-2", "tcp 8079-8081 10.0.0.0/8")},
			func(f *actions.Facts) { front(true, "sg-0front")(f); f.Host.Declared.Ports.Internal = nil },
			"+tcp 8080 sg-0front\n+tcp 8079 10.0.0.0/8\n+tcp 8081 10.0.0.0/8\n-sgr-1\n-sgr-2"},
		{"past a balancer, declared for the internet", "port-lb-bypass", "8080/tcp", 8080, []actions.IngressRule{rule("sgr-1", "tcp 443-8080 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(true, "sg-0front")(f)
				f.Host.Declared.Ports = actions.Ports{Known: true, Internet: []int{443, 8080}}
			},
			"+tcp 443 0.0.0.0/0\n+tcp 443-8080 10.0.0.0/8\n+tcp 8080 sg-0front\n-sgr-1"},
		{"trusted addresses of a port declared internal", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "tcp 9100 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Trusted = []string{"198.51.100.7", "10.1.2.3"} },
			"+tcp 9100 10.0.0.0/8\n+tcp 9100 198.51.100.7/32\n-sgr-1"},
		{"the health check has a port of its own", "port-exposed", "9000/tcp", 9000, []actions.IngressRule{rule("sgr-1", "tcp 9000 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(true, "sg-0front")(f)
				f.Cloud.Balancers[0].Targets[0].HealthPort = 9000
			}, "+tcp 9000 10.0.0.0/8\n+tcp 9000 sg-0front\n-sgr-1"},
		{"health checks by the target's port", "port-exposed", "9000/tcp", 9000, []actions.IngressRule{rule("sgr-1", "tcp 9000 0.0.0.0/0")}, front(true, "sg-0front"),
			"+tcp 9000 10.0.0.0/8\n-sgr-1"},
		{"an internal balancer without a group", "port-exposed", "8080/tcp", 8080, []actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0")}, front(false),
			"!the load balancer front serves port 8080 and has no security group"},
		{"an internal balancer without a group, from an internal network", "port-exposed", "8080/tcp", 8080, []actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(false)(f)
				f.Cloud.Balancers[0].Private = []string{"10.0.1.5", "10.0.2.5"}
			}, "+tcp 8080 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n-sgr-1"},
		{"an internal balancer without a group, partly from elsewhere", "port-exposed", "8080/tcp", 8080, []actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(false)(f)
				f.Cloud.Balancers[0].Private = []string{"10.0.1.5", "172.31.2.5"}
			}, "!the load balancer front serves port 8080 and has no security group"},
		{"a balancer that carries the group", "port-exposed", "9100/tcp", 9100, []actions.IngressRule{rule("sgr-1", "tcp 443-9100 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(true, "sg-0web")(f)
				f.Cloud.Balancers[0].Ports = []int{443}
			}, "!the load balancer front carries sg-0web (web) too: its clients would be shut out; give it a group of its own first"},
		{"a balancer that carries the group and listens elsewhere", "port-exposed", "9000/tcp", 9000, []actions.IngressRule{rule("sgr-1", "tcp 9000 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(true, "sg-0web")(f)
				f.Cloud.Balancers[0].Ports = []int{443}
			}, "+tcp 9000 10.0.0.0/8\n-sgr-1"},
		{"past a balancer that carries the group", "port-lb-bypass", "8080/tcp", 8080, []actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(true, "sg-0web")(f)
				f.Cloud.Balancers[0].Ports = []int{8080}
			}, "!the load balancer front carries sg-0web (web) too"},
		{"a group open on all that a balancer carries", "sg-open-all", "sg-0web", 9100, []actions.IngressRule{rule("sgr-1", "tcp all 0.0.0.0/0")},
			func(f *actions.Facts) {
				front(true, "sg-0web")(f)
				f.Cloud.Balancers[0].Ports = []int{443}
			}, "!the load balancer front carries sg-0web (web) too"},
		{"past a balancer without a group", "port-lb-bypass", "8080/tcp", 8080, []actions.IngressRule{rule("sgr-1", "tcp 8080 0.0.0.0/0")}, front(false),
			"!the load balancer front has no security group, so no rule can tell it from its clients"},

		{"a group open on all", "sg-open-all", "sg-0web", 9100, []actions.IngressRule{rule("sgr-1", "tcp 0-65535 0.0.0.0/0"), rule("sgr-2", "tcp 80 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Ports.Host = nil },
			"+tcp 22 0.0.0.0/0\n+tcp 443 0.0.0.0/0\n+tcp all 10.0.0.0/8\n+tcp 8080 192.0.2.0/24\n+tcp 9100 192.0.2.0/24\n-sgr-1"},
		{"a group open as declared", "sg-open-all", "sg-0web", 9100, []actions.IngressRule{rule("sgr-1", "tcp 1000-3000 0.0.0.0/0")},
			func(f *actions.Facts) { f.Host.Declared.Ports.Internet = upTo(1000, 3000) },
			"!all that the rule sgr-1 lets in is declared"},
		{"a group open, listeners unread", "sg-open-all", "sg-0web", 9100, []actions.IngressRule{rule("sgr-1", "-1 all 0.0.0.0/0")},
			func(f *actions.Facts) { f.Absent = map[actions.Section]string{actions.SectionListeners: "no ss"} },
			"!listeners could not be read (no ss), so it is not known what has to stay open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := withRules(c.port, c.rules...)
			if c.change != nil {
				c.change(f)
			}
			change, _, err := actions.Derive(f, find(t, c.remedy), c.subject)
			if why, refused := strings.CutPrefix(c.want, "!"); refused {
				if err == nil || !strings.Contains(err.Error(), why) {
					t.Errorf("error %v, want …%s…\n%s", err, why, words(change))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := words(change); got != c.want {
				t.Errorf("does\n%s\nwant\n%s", got, c.want)
			}
			silent(t, f, change)
			putBack(t, f, change)
		})
	}
}

func upTo(from, to int) []int {
	var all []int
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

// silent fails if the check still finds the subject once the change is made.
func silent(t errorer, f *actions.Facts, c actions.Change) {
	after := *f
	after.Cloud = f.Cloud.After(calls(c))
	for _, finding := range actions.Examine(&after, only(c.Remedy)) {
		if finding.Subject == c.Subject {
			t.Errorf("%s still finds %q: %q\nafter\n%s", c.Remedy, c.Subject, finding.Evidence, words(c))
		}
	}
}

// putBack fails if the undo, last step first, does not lead back to the rules
// as they were, but for the ids.
func putBack(t errorer, f *actions.Facts, c actions.Change) {
	cloud := f.Cloud.After(calls(c))
	for _, s := range slices.Backward(c.Steps) {
		cloud = cloud.After([]actions.Call{*s.UndoCall})
	}
	for n, i := range f.Cloud.Interfaces {
		for m, g := range i.Groups {
			now := cloud.Interfaces[n].Groups[m].Rules
			if len(now) != len(g.Rules) {
				t.Errorf("undone, %s has %d rules, and had %d", g.ID, len(now), len(g.Rules))
			}
			for _, was := range g.Rules {
				same := func(r actions.IngressRule) bool {
					return was.Same(r) && was.Description == r.Description && fmt.Sprint(was.Tags) == fmt.Sprint(r.Tags)
				}
				if !slices.ContainsFunc(now, same) {
					t.Errorf("undone, %s lacks %+v", g.ID, was)
				}
			}
		}
	}
}

type errorer interface {
	Errorf(format string, args ...any)
}

func calls(c actions.Change) []actions.Call {
	var all []actions.Call
	for _, s := range c.Steps {
		all = append(all, *s.Call)
	}
	return all
}

func only(id string) []actions.Remedy {
	return slices.DeleteFunc(remedies.All(), func(r actions.Remedy) bool { return r.ID != id })
}
