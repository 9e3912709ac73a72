package host

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/actions"
)

// Each testdata/firewall/NAME.txt is what the probe's section printed where the
// rules were made by ufw, by firewalld, or by hand. NAME.json is what becomes
// of it.
func TestParseFirewallGolden(t *testing.T) {
	for _, file := range firewallFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got, err := json.MarshalIndent(readFirewall(t, file), "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".txt") + ".json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(got)+"\n" != string(want) {
				t.Errorf("%s differs; see what changed with -update", golden)
			}
		})
	}
}

func firewallFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/firewall/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is nothing to parse: %v", err)
	}
	return files
}

func readFirewall(t testing.TB, file string) actions.Firewall {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f actions.Facts
	if err := parseFirewall(tidy(string(raw)), &f); err != nil {
		t.Fatal(err)
	}
	return f.Firewall
}

// Real rules come out right: from the tool's output to what is said of a port.
func TestFirewallRulesets(t *testing.T) {
	for _, tt := range []struct {
		file  string
		proto string
		port  int
		reach actions.Reach
		says  string
	}{
		{"ufw", "tcp", 22, actions.ReachInternet, "does not close it"},
		{"ufw", "tcp", 3306, actions.ReachInternal, "lets in 10.0.0.0/8 only (without it the reach is internet)"},
		{"ufw", "tcp", 2222, actions.ReachInternet, "lets in 0.0.0.0/0 only"}, // ufw made no rule that accepts it by IPv6
		{"ufw", "tcp", 8080, actions.ReachHost, "ip filter INPUT, ip6 filter INPUT lets in nobody"},
		{"ufw", "tcp", 5432, actions.ReachHost, "lets in nobody"},
		{"ufw", "udp", 5353, actions.ReachHost, "lets in nobody"},
		{"ufw", "tcp", 9100, actions.ReachInternet, "does not close it"}, // by the interface wg0
		{"firewalld", "tcp", 22, actions.ReachInternet, "does not close it"},
		{"firewalld", "tcp", 80, actions.ReachInternet, "does not close it"},
		{"firewalld", "tcp", 9100, actions.ReachWide, "inet firewalld filter_INPUT lets in 192.0.2.0/24 only"},
		{"firewalld", "tcp", 3306, actions.ReachInternal, "inet firewalld filter_INPUT lets in 10.0.0.0/8 only"},
		{"firewalld", "tcp", 5432, actions.ReachHost, "inet firewalld filter_INPUT lets in nobody"},
		{"docker", "tcp", 22, actions.ReachInternal, "ip filter INPUT"},
		{"docker", "tcp", 3309, actions.ReachInternal, "lets in 10.0.0.0/8 and ::/0 only"},
		{"docker", "tcp", 80, actions.ReachInternet, "is not counted: ip nat DOCKER forwards packets to it"},
		{"docker", "tcp", 8080, actions.ReachInternet, "is not counted: ip nat PREROUTING forwards it"},
		{"docker", "tcp", 8081, actions.ReachInternet, "is not counted: ip nat PREROUTING forwards packets to it"},
		{"docker", "udp", 53, actions.ReachWide, "lets in 192.0.2.1-192.0.2.9 and ::/0 only"},
		{"legacy", "tcp", 22, actions.ReachInternal, "ip filter (legacy) INPUT lets in 10.0.0.0/8"},
		{"nft", "tcp", 22, actions.ReachWide, "inet filter input lets in 10.0.0.0/8 and 192.0.2.1-192.0.2.9 only"},
		{"nft", "tcp", 8005, actions.ReachWide, "lets in 10.0.0.0/8 and 192.0.2.1-192.0.2.9 only"},
		{"nft", "tcp", 443, actions.ReachWide, "lets in 198.51.100.0/24 only"}, // by a map of verdicts and a jump
		{"nft", "tcp", 5432, actions.ReachHost, "lets in nobody"},
		{"forward", "tcp", 8080, actions.ReachInternet, "ip nat pre forwards packets to it"},
		{"nft", "udp", 53, actions.ReachInternet, "does not close it"},
		{"nft", "udp", 54, actions.ReachHost, "lets in nobody"},
		{"nft", "udp", 546, actions.ReachInternal, "lets in fe80::/10 only"},
		{"nft", "udp", 5353, actions.ReachHost, "lets in nobody"}, // multicast only
		{"old", "tcp", 22, actions.ReachInternal, "ip filter INPUT lets in 10.0.0.0/8"},
		{"old", "tcp", 23, actions.ReachInternet, "does not close it"},
	} {
		f := &actions.Facts{Firewall: readFirewall(t, "testdata/firewall/"+tt.file+".txt")}
		f.Host.Public = true
		f.Listeners = []actions.Listener{{Proto: tt.proto, Address: "*", Port: tt.port}}
		if strings.Contains(tt.says, "::/0") || tt.file == "legacy" || tt.file == "old" || tt.file == "docker" {
			f.Listeners[0].Address = "0.0.0.0"
		}
		e := actions.Exposures(f)[0]
		if e.Reach != tt.reach || !strings.Contains(strings.Join(e.Because, "; "), strings.ReplaceAll(tt.says, " and ::/0", "")) {
			t.Errorf("%s, %d/%s: %s because %q, want %s, %q", tt.file, tt.port, tt.proto, e.Reach, e.Because, tt.reach, tt.says)
		}
	}
}

// Rules of which a part is not understood are no narrower for it.
func TestFirewallUnclear(t *testing.T) {
	nft := func(expr string) string {
		return `nft
{"nftables":[{"set":{"family":"inet","table":"t","name":"s","elem":["192.0.2.1"]}},
{"set":{"family":"inet","table":"t","name":"knocked","flags":["dynamic"],"elem":["192.0.2.1"]}},
{"set":{"family":"inet","table":"t","name":"empty"}},
{"chain":{"family":"inet","table":"t","name":"in","type":"filter","hook":"input","policy":"drop"}},
{"rule":{"family":"inet","table":"t","chain":"in","expr":[` + expr + `]}}]}`
	}
	match := func(op, left, right string) string {
		return `{"match":{"op":"` + op + `","left":` + left + `,"right":` + right + `}}`
	}
	saddr, state := `{"payload":{"protocol":"ip","field":"saddr"}}`, `{"ct":{"key":"state"}}`
	const accept = `,{"accept":null}`
	iptables := func(rule string) string { return "iptables\n*filter\n:INPUT DROP [0:0]\n-A INPUT " + rule + "\n" }
	for _, tt := range []struct{ name, text, want string }{
		{"set", nft(match("==", saddr, `"@s"`) + accept), `{"family":"ip","from":{"any":["192.0.2.1"]},"verdict":"accept"}`},
		{"set that is not printed", strings.Replace(nft(match("==", saddr, `"@s"`)+accept), "nft", "nft terse", 1), `{"family":"ip","unclear":"the source","verdict":"accept"}`},
		{"set that packets change", nft(match("==", saddr, `"@knocked"`) + accept), `{"family":"ip","unclear":"the source","verdict":"accept"}`},
		{"set that is not there", nft(match("==", saddr, `"@x"`) + accept), `{"family":"ip","unclear":"the source","verdict":"accept"}`},
		{"set without elements", nft(match("==", saddr, `"@empty"`) + accept), `{"family":"ip","from":{"any":[]},"verdict":"accept"}`},
		{"all states at once", nft(match("==", state, `["established","new"]`) + accept), `{"unclear":"the state","verdict":"accept"}`},
		{"one of the states", nft(match("in", state, `["established","new"]`) + accept), `{"state":{"any":["established","new"]},"verdict":"accept"}`},
		{"unknown operator", nft(match("~", saddr, `"192.0.2.1"`) + accept), `{"family":"ip","unclear":"the source","verdict":"accept"}`},
		{"two conditions", nft(match("==", saddr, `"192.0.2.1"`) + "," + match("!=", saddr, `"192.0.2.2"`) + accept),
			`{"family":"ip","from":{"any":["192.0.2.1"]},"unclear":"two conditions on the source","verdict":"accept"}`},
		{"unknown statement", nft(`{"x\u001b":null}` + accept), `{"unclear":"x","verdict":"accept"}`},
		{"unknown map", nft(`{"vmap":{"key":` + state + `,"data":"@x"}}`), `{"unclear":"a map of verdicts","verdict":"other"}`},
		{"interface by number", nft(match("==", `{"meta":{"key":"iif"}}`, "5") + accept), `{"unclear":"the interface","verdict":"accept"}`},
		{"extension", nft(`{"xt":null}`), `{"unclear":"xt","verdict":"other"}`},
		{"queue", nft(`{"queue":{"num":1}}`), `{"verdict":"other"}`},
		{"iptables, recent", iptables("-p tcp -m recent ! --rcheck --name x -j ACCEPT"), `{"proto":{"any":["tcp"]},"unclear":"--rcheck","verdict":"accept"}`},
		{"iptables, ipset", iptables("-m set --match-set office src -j ACCEPT"), `{"unclear":"--match-set","verdict":"accept"}`},
		{"iptables, target that is not known", iptables("-s 10.0.0.0/8 -j GEOIP"), `{"from":{"any":["10.0.0.0/8"]},"unclear":"GEOIP","verdict":"other"}`},
		{"iptables, comment with a target", iptables(`-m comment --comment "-j ACCEPT" ! -s 10.0.0.0/8 -j DROP`), `{"from":{"not":true,"any":["10.0.0.0/8"]},"verdict":"drop"}`},
	} {
		var f actions.Facts
		if err := parseFirewall(tidy(tt.text), &f); err != nil || len(f.Firewall.Chains) != 1 || len(f.Firewall.Chains[0].Rules) != 1 {
			t.Errorf("%s: %v, %+v", tt.name, err, f.Firewall)
			continue
		}
		if got, _ := json.Marshal(f.Firewall.Chains[0].Rules[0]); string(got) != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Rules in great number become nothing that narrows, and soon.
func TestFirewallHostileSizes(t *testing.T) {
	elements := strings.TrimSuffix(strings.Repeat(`[1,{"accept":null}],`, 20000), ",")
	vmaps := strings.Repeat(`,{"rule":{"family":"ip","table":"t","chain":"c","expr":[{"vmap":{"key":{"meta":{"key":"mark"}},"data":"@m"}}]}}`, 5000)
	chain := `{"chain":{"family":"ip","table":"t","name":"c","hook":"input","policy":"drop"}}`
	for name, text := range map[string]string{
		"rules":  "iptables\n*filter\n:INPUT DROP [0:0]\n" + strings.Repeat("-A INPUT -j ACCEPT\n", 90000),
		"chains": "iptables\n*filter\n" + strings.Repeat("*a\n:INPUT DROP [0:0]\n*b\n:INPUT DROP\n", 1000) + strings.Repeat("-A INPUT -j X\n", 30000),
		"maps":   `nft` + "\n" + `{"nftables":[{"map":{"family":"ip","table":"t","name":"m","elem":[` + elements + `]}},` + chain + vmaps + `]}`,
	} {
		var f actions.Facts
		if err := parseFirewall(text, &f); err != nil || f.Firewall.Unclear == "" || f.Firewall.Chains != nil {
			t.Errorf("%s: %v, %.200v", name, err, f.Firewall)
		}
	}
	var f actions.Facts
	deep := strings.Repeat(`{"set":[`, 4000) + strings.Repeat(`]}`, 4000)
	text := `nft` + "\n" + `{"nftables":[` + chain + `,{"rule":{"family":"ip","table":"t","chain":"c","expr":[{"match":{"op":"==","left":{"meta":{"key":"iif"}},"right":` + deep + `}},{"accept":null}]}}]}`
	if err := parseFirewall(text, &f); err != nil {
		t.Errorf("deep: %v", err)
	}
}

// Whatever a host says of its filter, it is read within bounds, and an answer
// comes of it.
func FuzzFirewall(f *testing.F) {
	for _, file := range firewallFiles(f) {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add("nft\n{\"nftables\":" + strings.Repeat("[", 20000))
	f.Add("nft\n{\"nftables\":[{\"rule\":{\"family\":\"ip\",\"expr\":[{\"match\":7},{\"vmap\":[]},{\"dnat\":[]},{\"jump\":{\"target\":\"\\u001b\"}}]}}]}")
	f.Add("iptables\n*filter\n:INPUT\n:INPUT DROP\n-A\n-A INPUT\n-A INPUT !\n-A INPUT -p\n-A INPUT -i -j -g\n-A INPUT --dports \"\\\n-A INPUT -j INPUT\nunread\n")
	f.Fuzz(func(t *testing.T, raw string) {
		facts := actions.Facts{Listeners: []actions.Listener{{Proto: "tcp", Address: "*", Port: 22}, {Proto: "udp", Address: "10.0.0.5", Port: 53}}}
		if parseFirewall(tidy(raw), &facts) != nil {
			return
		}
		rules := 0
		for _, c := range facts.Firewall.Chains {
			rules += len(c.Rules)
		}
		if rules > actions.MostFirewallRules {
			t.Errorf("%d rules", rules)
		}
		out, err := json.Marshal(facts.Firewall)
		if err != nil {
			t.Fatal(err)
		}
		var back any
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatal(err)
		}
		visible(t, back)
		facts.Host.Public = true
		if all := actions.Exposures(&facts); len(all) != 2 {
			t.Errorf("%d exposures", len(all))
		}
	})
}
