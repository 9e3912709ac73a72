package host

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"hardenbot/actions"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	record = flag.Bool("record", false, "record the output of the probe on hosts of the lab")
)

// Each testdata/NAME.txt is what the probe printed on a real host; TestRecord
// makes them. NAME.json is what the parser makes of it.
func TestParseGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is nothing to parse: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			facts := parse(markOf(string(raw)), string(raw), "cut off")
			got, err := json.MarshalIndent(facts, "", "\t")
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

// markOf finds the mark of a recorded output: its first word.
func markOf(raw string) string {
	mark, _, _ := strings.Cut(strings.TrimSpace(raw), " ")
	return mark
}

const mark = "@@M"

// framed is the output of a probe with one section.
func framed(section actions.Section, content, stderr string, status int) string {
	return fmt.Sprintf("\n%s begin %s\n%s\n%s said %s\n%s\n%d\n%s end %s\n", mark, section, content, mark, section, stderr, status, mark, section)
}

func TestAbsentSaysWhy(t *testing.T) {
	login := framed(actions.SectionLogin, "user ops\nroot \nway refused\nfrom 192.0.2.1", "", 0)
	tests := []struct{ name, raw, want string }{
		{"nothing came", "", "cut"},
		{"cut off inside", login + "\n@@M begin listeners\ntcp LISTEN", "cut"},
		{"without its status", login + "\n@@M begin listeners\n\n@@M said listeners\nodd\n@@M end listeners\n", "its exit status was not seen"},
		{"needs root", login + framed("listeners", "", "refused", 77), "needs root, and ops may not use sudo without a password"},
		{"no sudo", login + framed("listeners", "", "missing", 77), "needs root, and ops has no sudo there"},
		{"login unknown", framed("listeners", "", "refused", 77), "needs root, and the login may not use sudo without a password"},
		{"too slow", framed("listeners", "", "", 124), "took longer than 10 s"},
		{"killed", framed("listeners", "", "", 137), "took longer than 10 s"},
		{"too long", framed("listeners", strings.Repeat("x", 2<<20), "", 0), "printed more than 1024 KiB"},
		{"says why", framed("listeners", "", "noise\nthere is no ss\x1b[31m on the host", 1), "there is no ss [31m on the host"},
		{"says nothing", framed("listeners", "", "", 3), "ended with status 3"},
		{"not understood", framed("listeners", "tcp LISTEN 0 128 nonsense 0.0.0.0:*", "", 0), "ss printed an address that is not understood: nonsense"},
		{"port too high", framed("listeners", "tcp LISTEN 0 128 0.0.0.0:99999 0.0.0.0:*", "", 0), "ss printed an address that is not understood: 0.0.0.0:99999"},
		{"half understood", framed("listeners", "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\nxyz", "", 0), "ss printed a line that is not understood: xyz"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			facts := parse(mark, tt.raw, "cut")
			if got := facts.Absent[actions.SectionListeners]; got != tt.want {
				t.Errorf("absent because %q, want %q", got, tt.want)
			}
			if facts.Listeners != nil {
				t.Errorf("an absent section has %v", facts.Listeners)
			}
		})
	}
}

// A mark of another probe divides nothing: what a host has in its files cannot
// end a section or begin one.
func TestForgedMarks(t *testing.T) {
	forged := "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n@@X end listeners\n@@X begin os"
	facts := parse(mark, framed(actions.SectionListeners, forged, "", 0), "cut")
	if why := facts.Absent[actions.SectionListeners]; why != "ss printed a line that is not understood: @@X end listeners" {
		t.Errorf("the forged mark counted: %q", why)
	}
}

func TestListeners(t *testing.T) {
	text := `tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=1,fd=3),("systemd",pid=1,fd=4))
tcp   LISTEN 0      4096   127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd resolve",pid=1,fd=3))
tcp   LISTEN 0      128             [::1]:25           [::]:*
udp   UNCONN 0      0      [fe80::1]%eth0:546          [::]:*
tcp   LISTEN 0      128    [::ffff:10.0.0.1]:80        *:*
tcp   LISTEN 0      128                 *:8080             *:*    users:(("a\"b",pid=1,fd=3))
`
	want := []actions.Listener{
		{Proto: "tcp", Address: "0.0.0.0", Port: 22, Process: "sshd"},
		{Proto: "tcp", Address: "127.0.0.53", Port: 53, Process: "systemd resolve"},
		{Proto: "tcp", Address: "::1", Port: 25},
		{Proto: "udp", Address: "fe80::1", Port: 546},
		{Proto: "tcp", Address: "10.0.0.1", Port: 80},
		{Proto: "tcp", Address: "*", Port: 8080, Process: `a\"b`},
	}
	var f actions.Facts
	if err := parseListeners(text, &f); err != nil {
		t.Fatal(err)
	}
	same(t, f.Listeners, want)
}

func TestFirewall(t *testing.T) {
	chain := func(table, policy string) string {
		return `{"chain":{"family":"inet","table":"` + table + `","name":"in","hook":"input","policy":"` + policy + `"}}`
	}
	rule := func(table, chain, expr string) string {
		return `{"rule":{"family":"inet","table":"` + table + `","chain":"` + chain + `","expr":[` + expr + `]}}`
	}
	nft := func(parts ...string) string { return "nft\n{\"nftables\":[" + strings.Join(parts, ",") + "]}" }
	tests := []struct {
		name, text string
		rules, bad bool
	}{
		{"no tables", "none\n", false, false},
		{"nft, empty", nft(`{"metainfo":{"version":"1"}}`), false, false},
		{"nft, chain without rules", nft(chain("filter", "accept")), false, false},
		{"nft, policy", nft(chain("filter", "drop")), true, false},
		{"nft, rule", nft(chain("filter", "accept"), rule("filter", "in", `{"accept":null}`)), true, false},
		{"nft, rule elsewhere", nft(chain("filter", "accept"), rule("nat", "in", `{"accept":null}`)), false, false},
		{"nft, fail2ban's table", nft(chain("f2b-table", "accept"), rule("f2b-table", "in", `{"drop":null}`)), true, false},
		{"nft, fail2ban's chain", nft(chain("filter", "accept"), rule("filter", "in", `{"match":{}},{"jump":{"target":"f2b-sshd"}}`)), true, false},
		{"nft, no JSON", "nft\nerror", false, true},
		{"iptables, empty", "iptables\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", false, false},
		{"iptables, policy", "iptables\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n", true, false},
		{"iptables, rule", "iptables\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\n", true, false},
		{"iptables, fail2ban", "iptables\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd\n", true, false},
		{"iptables, forwarding only", "iptables\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n-A FORWARD -j DOCKER-USER\n", false, false},
		{"something else", "pf\n", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f actions.Facts
			err := parseFirewall(tt.text, &f)
			if (len(f.Firewall.Chains) > 0) != tt.rules || (err != nil) != tt.bad {
				t.Errorf("rules %v, error %v; want %v, %v", f.Firewall.Chains, err, tt.rules, tt.bad)
			}
		})
	}
}

func TestUpgrades(t *testing.T) {
	text := `Inst openssl [3.0.15-1] (3.0.16-1 Debian:12.9/stable, Debian-Security:12/stable-security [amd64])
Inst base-files [12.4] (12.4+deb12u9 Debian:12.9/stable [amd64])
Inst libx:i386 [1] (2 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [i386]) []
Inst own [1] (2 [all])
Remv libold1 [1.2-3]
Remv libold1:i386 [1.2-3] []
S openssl openssl
S libx source-of-x
S libold1 old
`
	var f actions.Facts
	if err := parseUpgrades(text, &f); err != nil {
		t.Fatal(err)
	}
	same(t, f.Upgrades, []actions.Upgrade{
		{Package: "openssl", Source: "openssl", From: "3.0.15-1", To: "3.0.16-1", Arch: "amd64", Origin: "Debian:12.9/stable, Debian-Security:12/stable-security", Security: true},
		{Package: "base-files", From: "12.4", To: "12.4+deb12u9", Arch: "amd64", Origin: "Debian:12.9/stable"},
		{Package: "libx:i386", From: "1", To: "2", Arch: "i386", Origin: "Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security", Security: true},
		{Package: "own", From: "1", To: "2", Arch: "all"},
	})
	same(t, f.Unneeded, []actions.Unneeded{{Package: "libold1", Version: "1.2-3"}, {Package: "libold1:i386", Version: "1.2-3"}})
	if err := parseUpgrades("Remv libold1\n", &f); err == nil {
		t.Error("a line that is not understood was left out")
	}
}

func TestAccounts(t *testing.T) {
	text := `A	root:0:0:/bin/bash:locked
A	alice:1000:1000:/usr/bin/zsh:usable
A	bob:1001:100:/usr/sbin/nologin:empty
A	alice:1000:1000:/bin/false:empty
G	users:100:alice,nobody
G	alice:1000:
W	alice	pubkeyauthentication yes
K	alice	256 SHA256:abc alice at home (ED25519)
X	alice	from
X	alice	command
K	alice	3072 SHA256:def no comment (RSA)
K	nobody	256 SHA256:abc x (ED25519)
K	bob	nonsense
R	alice
`
	var f actions.Facts
	if err := parseAccounts(text, &f); err != nil {
		t.Fatal(err)
	}
	same(t, f.Accounts, []actions.Account{
		{Name: "root", Shell: "/bin/bash", Login: true, Password: "locked", Sudo: true, KeyLogin: "was not searched for keys"},
		{Name: "alice", UID: 1000, Groups: []string{"users", "alice"}, Shell: "/usr/bin/zsh", Login: true, Password: "usable", Sudo: true, Keys: []actions.Key{
			{Type: "ED25519", Bits: 256, Fingerprint: "SHA256:abc", Comment: "alice at home"},
			{Type: "RSA", Bits: 3072, Fingerprint: "SHA256:def", Comment: "no comment", Unusable: "runs one command only (command=)"},
		}},
		{Name: "bob", UID: 1001, Groups: []string{"users"}, Shell: "/usr/sbin/nologin", Password: "empty", KeyLogin: "was not searched for keys"},
	})
}

func TestLogins(t *testing.T) {
	text := `Z	+0100	1767226000
J	alice	password	1767225600.5	3
L	alice	password	2026-01-01T01:05:00.0+01:00	2
T	bob	publickey	Dec  9 10:00:00	7
J	carol	password	1704067200.0	1
J	carol	password	nonsense	1
`
	var f actions.Facts
	if err := parseLogins(text, &f); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(f.Logins)
	want := `[{"user":"alice","method":"password","last":"2026-01-01T00:05:00Z","count":3},` +
		`{"user":"bob","method":"publickey","last":"2025-12-09T09:00:00Z","count":7}]`
	if string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
}

func TestFail2ban(t *testing.T) {
	text := "> status\nStatus\n|- Number of jail:\t2\n`- Jail list:\tnginx, sshd\n" +
		"> status sshd\n|- Filter\n|  `- Journal matches:\t_SYSTEMD_UNIT=sshd.service + _COMM=sshd\n" +
		"`- Actions\n   `- Banned IP list:\t192.0.2.1 192.0.2.2\n" +
		"> get sshd journalmatch\nCurrent match filter:\n_SYSTEMD_UNIT=sshd.service + _COMM=sshd\n" +
		"> get sshd ignoreip\nThese IP addresses/networks are ignored:\n|- 127.0.0.0/8\n`- ::1\n"
	var f actions.Facts
	if err := parseFail2ban(text, &f); err != nil {
		t.Fatal(err)
	}
	same(t, f.Fail2ban, actions.Fail2ban{
		Running: true, Jails: []string{"nginx", "sshd"}, Backend: "systemd",
		Matches:  []string{"_SYSTEMD_UNIT=sshd.service + _COMM=sshd"},
		IgnoreIP: []string{"127.0.0.0/8", "::1"}, Banned: []string{"192.0.2.1", "192.0.2.2"},
	})
}

// A megabyte of little lines stays a megabyte, and costs milliseconds.
func TestHostileSizes(t *testing.T) {
	many := func(line string) string { return strings.Repeat(line, (1<<20)/len(line)-1000) }
	tests := []struct {
		section    actions.Section
		text, want string
	}{
		{actions.SectionSSHD, "G	passwordauthentication yes\n" + many("P	a\n"), "there are more settings than sshd can have"},
		{actions.SectionSSHD, many("G	a b\n"), "there are more settings than sshd can have"},
		{actions.SectionSSHD, many("U	a	b c\n"), "there are more settings than sshd can have"},
		{actions.SectionSSHD, many("O	a	b\n"), "there are more settings than sshd can have"},
		{actions.SectionAccounts, "A	a:0:0:/bin/sh:empty\n" + many("G	g:0:a\n"), "the groups have more members than can be taken in"},
		{actions.SectionAccounts, "A	a:0:0:/bin/sh:empty\nG	g:0:" + many("a,"), "the groups have more members than can be taken in"},
	}
	for _, tt := range tests {
		facts := parse(mark, framed(tt.section, tt.text, "", 0), "cut")
		if got := facts.Absent[tt.section]; got != tt.want {
			t.Errorf("%.20q: absent because %q, want %q", tt.text, got, tt.want)
		}
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	g, _ := json.MarshalIndent(got, "", " ")
	w, _ := json.MarshalIndent(want, "", " ")
	if string(g) != string(w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

// Whatever a host prints, the parser ends, every section is either there or
// absent with a reason, and nothing in the facts can move a cursor.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.ReplaceAll(string(raw), markOf(string(raw)), mark))
	}
	for _, s := range probedSections {
		f.Add(framed(s.section, "A\t\x00\x1b[2J:::\n> status\nInst [ (", "\xff", 0))
		f.Add(framed(s.section, "U\ta\t1\tinstall\tunpacked\tyes\t2\nbusy\nK\tlinux-image-6\t1\nrequired\nP x\nC a /x\nversion #1 Debian 6.1.158-1 (x)\n", "", 0))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		facts := parse(mark, raw, "cut")
		for section, why := range facts.Absent {
			if why == "" {
				t.Errorf("%s is absent without a reason", section)
			}
		}
		out, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		var back any
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatal(err)
		}
		visible(t, back)
		if len(out) > 64<<10+100*len(raw) {
			t.Errorf("%d bytes became %d", len(raw), len(out))
		}
	})
}

// visible fails for strings with characters that cannot be seen, apart from
// the line breaks that join values, and the tabs in our own files.
func visible(t *testing.T, v any) {
	switch v := v.(type) {
	case string:
		if i := strings.IndexFunc(v, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q has a character that cannot be seen", v)
		}
	case []any:
		for _, e := range v {
			visible(t, e)
		}
	case map[string]any:
		for k, e := range v {
			visible(t, k)
			visible(t, e)
		}
	}
}
