package main

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestConfigFixtures loads every fixture, each named by its fault, and compares
// what is said about it with golden sentences.
func TestConfigFixtures(t *testing.T) {
	t.Setenv("HOME", "/home/alice")
	t.Chdir("testdata/config")
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	var b strings.Builder
	for _, file := range files {
		cfg, err := LoadConfig(file)
		if good := strings.HasPrefix(file, "good-"); good != (err == nil) {
			t.Errorf("%s: got %v", file, err)
		}
		checkSentences(t, file, err)
		fmt.Fprintf(&b, "%s\n", file)
		if err != nil {
			fmt.Fprintf(&b, "\t%s\n", strings.ReplaceAll(err.Error(), "\n", "\n\t"))
			continue
		}
		for _, w := range cfg.Warnings {
			fmt.Fprintf(&b, "\twarning: %s\n", w)
		}
	}
	golden(t, "../config.golden", b.String())
}

// checkSentences makes sure that problems have a place, and repeat no secret.
func checkSentences(t *testing.T, file string, err error) {
	t.Helper()
	var all problems
	if err == nil || !errors.As(err, &all) {
		return
	}
	for _, p := range all {
		text := p.Error()
		if !strings.HasPrefix(text, file+":") && !strings.Contains(text, "ssh_config:") || strings.Contains(text, "\n") {
			t.Errorf("%s: %q has no place, or more than one line", file, text)
		}
		for _, secret := range []string{"xoxb-", "xapp-", "8f742231", "b3BlbnNz", "hunter2", "AKIA", "\x1b"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: a secret is repeated: %q", file, text)
			}
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	// The fixtures lie in different places on different machines.
	if wd, err := os.Getwd(); err == nil {
		got = strings.ReplaceAll(got, wd, "DIR")
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update if that is right. Got:\n%s", file, got)
	}
}

func TestExampleConfig(t *testing.T) {
	cfg, err := LoadConfig("../../deploy/hardenbot.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) > 0 {
		t.Errorf("warnings: %v", cfg.Warnings)
	}
	check := actions.HealthCheck{URL: "http://127.0.0.1:80/", Status: 200, Timeout: 5 * time.Second}
	db := []actions.HealthCheck{
		{TCP: "127.0.0.1:3306", Timeout: 5 * time.Second},
		{Command: []string{"systemctl", "is-active", "--quiet", "mariadb"}, Timeout: 10 * time.Second},
	}
	trusted := []string{"198.51.100.7", "192.0.2.0/24"}
	want := []actions.Host{
		{Name: "db-1", Address: "10.0.0.21", Port: 2222, User: "admin", Groups: []string{"db"}, Declared: actions.Declared{
			Ports:  actions.Ports{Known: true, Internal: []int{2222, 3306, 9100}},
			Health: db, Trusted: trusted, MaxAuthTries: 3,
		}},
		{Name: "web-1", Address: "203.0.113.11", Port: 22, User: "hardenbot", Groups: []string{"web"}, Public: true, Declared: actions.Declared{
			Ports:  actions.Ports{Known: true, Internet: []int{22, 80, 443}, Internal: []int{9100}, Host: []int{9090}},
			Health: []actions.HealthCheck{check}, Trusted: trusted, MaxAuthTries: 3,
		}},
	}
	if got := cfg.Static.All(); len(got) != 3 || !reflect.DeepEqual(got[:2], want) {
		t.Errorf("hosts:\n got %+v\nwant %+v", got, want)
	}
	policy := actions.Policy{
		Channels:   map[string][]string{"C024BE91L": {"web-*", "@db"}},
		Requesters: []string{"U024BE7LH", "U024BE7LJ"}, Approvers: []string{"U024BE7LJ", "U024BE7LK"},
		Approvals: 1, LockoutApprovals: 1, ApprovalTTL: time.Hour,
	}
	if cfg.Policy == nil || !reflect.DeepEqual(*cfg.Policy, policy) {
		t.Errorf("policy: got %+v", cfg.Policy)
	}
	rollout := actions.Rollout{
		Canary: 1, MaxUnavailable: actions.Share{Count: 1}, MinHealthy: actions.Share{Count: 1}, Soak: 30 * time.Second, InARow: 3, HealthyWithin: time.Minute,
	}
	if cfg.Rollout != rollout || cfg.Rollout != defaults().Rollout || cfg.Remind != 4*time.Hour || cfg.Remind != defaults().Remind {
		t.Errorf("rollout: got %+v, remind %s", cfg.Rollout, cfg.Remind)
	}
	if cfg.ProofTime != time.Minute || cfg.Slack != (Slack{Mode: "socket"}) || cfg.SSH.Parallel != 32 {
		t.Errorf("got %+v", cfg)
	}
}

// TestExampleOptions takes the comment signs off what is optional in the
// example.
func TestExampleOptions(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/hardenbot.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	optional := false
	for l := range strings.Lines(string(raw)) {
		if begins := strings.TrimSpace(l); slices.Contains([]string{"# ec2:", "# aws:", "# networks:", "# vantage: relay-1", "# console:", "# windows:", "# freezes:", "# rotation:", "# haproxy:"}, begins) {
			optional = true
		} else if !strings.HasPrefix(begins, "#") {
			optional = false
		}
		if optional {
			l = strings.Replace(l, "# ", "", 1)
		}
		b.WriteString(l)
	}
	cfg, err := parseConfig("x.yaml", "/", []byte(b.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	want := cloud.Config{
		Accounts: []cloud.Account{
			{Regions: []string{"eu-west-1"}},
			{Role: "arn:aws:iam::123456789012:role/hardenbot", ExternalID: "example", Regions: []string{"eu-west-1", "eu-central-1"}},
		},
		Naming: cloud.Naming{
			NameTag: "Name", Address: "private", GroupTags: []string{"Role"}, UserTag: "Login", User: "admin",
			Images: []cloud.ImageUser{{Pattern: "debian-12-*", User: "admin"}, {Pattern: "ubuntu/images/*/*", User: "ubuntu"}},
		},
		Endpoint: "http://127.0.0.1:5000",
	}
	if !reflect.DeepEqual(cfg.AWS, want) {
		t.Errorf("aws:\n got %+v\nwant %+v", cfg.AWS, want)
	}
	ec2 := EC2{Tags: map[string][]string{"Role": {"web", "app"}, "Env": {"prod"}}, Port: 22, Refresh: 5 * time.Minute}
	if cfg.EC2 != nil {
		cfg.EC2.line = 0
	}
	if cfg.EC2 == nil || !reflect.DeepEqual(*cfg.EC2, ec2) {
		t.Errorf("ec2: got %+v", cfg.EC2)
	}
	if c := cfg.Calendar; len(c.Windows) != 1 || c.Windows[0].For != 7*time.Hour || len(c.Freezes) != 2 || c.Freezes[0].Why != "Christmas" {
		t.Errorf("calendar: got %+v", c)
	}
	if cfg.Vantage != "relay-1" {
		t.Errorf("vantage: got %q", cfg.Vantage)
	}
	db, err := cfg.Static.Select(t.Context(), "db-1")
	if err != nil {
		t.Fatal(err)
	}
	if d := db[0].Declared; d.Rotation != "none" || d.Console != "IPMI at bmc.example.com" || !slices.Equal(d.Networks.Internal, []string{"10.0.0.0/8", "fd00::/8"}) {
		t.Errorf("db-1: %+v", d)
	}
}

// TestExampleExplainsEveryKey keeps the example complete.
func TestExampleExplainsEveryKey(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/hardenbot.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	files, err := filepath.Glob("config_schema*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, keysOf(string(source))...)
	}
	if len(keys) < 60 {
		t.Fatalf("only %v were found", keys)
	}
	for _, key := range keys {
		if !strings.Contains(string(raw), key+":") {
			t.Errorf("%s is not explained", key)
		}
	}
}

// keysOf finds the keys of the schema's tables.
func keysOf(source string) []string {
	var keys []string
	for _, l := range strings.Split(source, "\n") {
		if key, _, found := strings.Cut(strings.TrimSpace(l), `":`); found && strings.HasPrefix(key, `"`) {
			keys = append(keys, key[1:])
		}
	}
	return keys
}

func TestConfigRollout(t *testing.T) {
	cfg, err := LoadConfig("testdata/config/good-rollout.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := actions.Rollout{
		Canary: 2, MaxUnavailable: actions.Share{Percent: 25}, MinHealthy: actions.Share{Percent: 50}, Soak: time.Minute, InARow: 20, HealthyWithin: time.Hour,
	}
	if cfg.Rollout != want || cfg.Remind != 30*time.Minute {
		t.Errorf("got %+v, %s", cfg.Rollout, cfg.Remind)
	}
	if p := cfg.Policy; p.Approvals != 1 || p.LockoutApprovals != 2 {
		t.Errorf("got %+v", p)
	}
	health := []actions.HealthCheck{
		{TCP: "127.0.0.1:3306", Timeout: 5 * time.Second},
		{TCP: "[::1]:22", Timeout: 2 * time.Second},
		{TCP: "localhost:80", Timeout: 5 * time.Second},
		{Command: []string{"sh", "-c", "test -e /run/it's here", "$(id)"}, Timeout: 10 * time.Second},
		{URL: "https://127.0.0.1/", Status: 301, Timeout: 5 * time.Second},
	}
	if got := cfg.Static.All()[0].Declared.Health; !reflect.DeepEqual(got, health) {
		t.Errorf("health: got %+v", got)
	}
	for _, test := range []struct{ at, want string }{
		{"2026-06-01T08:00:00Z", "a freeze is on: the next change may begin on Tue 2026-06-02 09:00 CEST (07:00 UTC)"},
		{"2026-06-02T06:59:59Z", "no maintenance window is open: the next change may begin on Tue 2026-06-02 09:00 CEST (07:00 UTC)"},
		{"2026-06-02T07:00:00Z", ""},
		{"2027-01-03T22:59:59Z", "a freeze is on (Christmas): the next change may begin on Mon 2027-01-04 09:00 CET (08:00 UTC)"},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.Calendar.Closed(at); got != test.want {
			t.Errorf("%s: got %q, want %q", test.at, got, test.want)
		}
	}
}

func TestConfigPaths(t *testing.T) {
	t.Setenv("HOME", "/home/alice")
	cfg, err := parseConfig("x.yaml", "/etc/hardenbot", []byte(`
store: data/hardenbot.db
inventory: {hosts: [{name: localhost}]}
ssh: {identity_file: ~/.ssh/id, known_hosts: /srv/../known_hosts}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{cfg.Store, cfg.SSH.IdentityFile, cfg.SSH.KnownHosts[0]}
	if want := []string{"/etc/hardenbot/data/hardenbot.db", "/home/alice/.ssh/id", "/known_hosts"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPublic(t *testing.T) {
	cfg, err := parseConfig("x.yaml", "/", []byte(`
inventory:
  hosts:
    - {name: a-told, address: 10.0.0.1, public: true}
    - {name: b-untold, address: 203.0.113.1}
    - {name: c-denied, address: 203.0.113.2, public: false}
    - {name: d-private, address: 10.0.0.2}
ssh: {agent: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	var public []string
	for _, h := range cfg.Static.All() {
		if h.Public {
			public = append(public, h.Name)
		}
	}
	if want := []string{"a-told", "b-untold"}; !slices.Equal(public, want) {
		t.Errorf("got %v, want %v", public, want)
	}
}

func TestConfigTooLarge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(file, make([]byte, maxConfig+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadConfig(file); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
	if _, err := LoadConfig(filepath.Dir(file)); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("got %v", err)
	}
}

func TestConfigTellsOfSoManyProblems(t *testing.T) {
	_, err := parseConfig("x.yaml", "/", []byte("trusted:\n"+strings.Repeat("  - x\n", 500)))
	var all problems
	if !errors.As(err, &all) || len(all) != maxProblems+1 || !strings.HasSuffix(err.Error(), "x.yaml:102: there is more to mend from here on") {
		t.Errorf("got %d problems: %v", len(all), err)
	}
}

func TestReadSecrets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		name, mode string
		env        map[string]string
		want       secrets
		err        string
	}{
		{"socket", "socket", map[string]string{envBotToken: "xoxb-1", envAppToken: "xapp-1"}, secrets{BotToken: "xoxb-1", AppToken: "xapp-1"}, ""},
		{"http", "http", map[string]string{envBotToken: "xoxb-1", envSigningSecret: "abc"}, secrets{BotToken: "xoxb-1", SigningSecret: "abc"}, ""},
		{"two signing secrets", "http", map[string]string{envBotToken: "xoxb-1", envSigningSecret: "abc", envNextSecret: "def"}, secrets{BotToken: "xoxb-1", SigningSecret: "abc", NextSecret: "def"}, ""},
		{"next signing secret alone", "http", map[string]string{envBotToken: "xoxb-1", envNextSecret: "hidden"}, secrets{}, envSigningSecret + " is missing"},
		{"bad next signing secret", "http", map[string]string{envBotToken: "xoxb-1", envSigningSecret: "abc", envNextSecret: "hid den"}, secrets{}, envNextSecret + " contains blanks"},
		{"file", "socket", map[string]string{envBotToken + "_FILE": file("bot", "xoxb-1\n"), envAppToken: "xapp-1"}, secrets{BotToken: "xoxb-1", AppToken: "xapp-1"}, ""},
		{"none", "socket", nil, secrets{}, envBotToken + " is missing"},
		{"no app token", "socket", map[string]string{envBotToken: "xoxb-1"}, secrets{}, envAppToken + " is missing"},
		{"no signing secret", "http", map[string]string{envBotToken: "xoxb-1", envAppToken: "xapp-1"}, secrets{}, envSigningSecret + " is missing"},
		{"swapped", "socket", map[string]string{envBotToken: "xapp-hidden", envAppToken: "xoxb-hidden"}, secrets{}, "begins with xoxb-"},
		{"both", "http", map[string]string{envBotToken: "xoxb-hidden", envBotToken + "_FILE": file("b", "xoxb-hidden")}, secrets{}, "both"},
		{"empty file", "http", map[string]string{envBotToken + "_FILE": file("empty", "\n")}, secrets{}, "is empty"},
		{"absent file", "http", map[string]string{envBotToken + "_FILE": filepath.Join(dir, "absent")}, secrets{}, "cannot be read"},
		{"large file", "http", map[string]string{envBotToken + "_FILE": file("large", strings.Repeat("x", 5000))}, secrets{}, "too long"},
		{"two lines", "http", map[string]string{envBotToken + "_FILE": file("lines", "xoxb-hidden\nxoxb-hidden")}, secrets{}, "blanks"},
	} {
		got, err := readSecrets(test.mode, func(name string) string { return test.env[name] })
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the secret is repeated: %v", test.name, err)
		}
	}
}

func TestReadSealKey(t *testing.T) {
	key := strings.Repeat("k", 32)
	for _, test := range []struct {
		name, typed string
		err         string
	}{
		{"good", base64.StdEncoding.EncodeToString([]byte(key)), ""},
		{"missing", "", envSealKey + " is missing"},
		{"short", base64.StdEncoding.EncodeToString([]byte("hidden")), "32 random bytes"},
		{"no base64", "hidden!", "32 random bytes"},
	} {
		got, err := readSealKey(func(name string) string { return map[string]string{envSealKey: test.typed}[name] })
		if (err == nil) != (test.err == "") || err != nil && (!strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "hidden")) || err == nil && string(got) != key {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

func FuzzConfig(f *testing.F) {
	files, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "../../deploy/hardenbot.example.yaml") {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// No file on this machine is read, whatever the text names.
		cfg, err := parseConfig("x.yaml", "/nowhere", text)
		if err != nil {
			if len(err.Error()) == 0 || strings.ContainsAny(err.Error(), "\x1b\x00\r") {
				t.Errorf("bad sentence: %q", err)
			}
			return
		}
		if cfg.Static == nil || len(cfg.Static.All()) == 0 && cfg.EC2 == nil || cfg.SSH.Parallel < 1 || cfg.ProofTime < 10*time.Second {
			t.Errorf("an impossible configuration was accepted: %+v", cfg)
		}
		if r := cfg.Rollout; r.Canary < 1 || r.MaxUnavailable == (actions.Share{}) || r.MinHealthy == (actions.Share{}) || r.InARow < 1 || r.Soak < time.Second || cfg.Remind < time.Minute {
			t.Errorf("an impossible rollout was accepted: %+v", r)
		}
		if p := cfg.Policy; p != nil && (len(p.Channels) == 0 || p.Approvals < 1 || p.Approvals > p.LockoutApprovals || p.LockoutApprovals > len(p.Approvers) && len(p.Groups()) == 0 || p.ApprovalTTL < time.Minute) {
			t.Errorf("an impossible policy was accepted: %+v", p)
		}
	})
}
