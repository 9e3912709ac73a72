package simhost_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"hardenbot/actions"
)

func itoa(n int) string { return strconv.Itoa(n) }

// The probe tells of a simulated host what it tells of a real one: the same
// sections, the same settings of sshd, the same kinds of things in each.
func TestFactsAreThoseOfARealHost(t *testing.T) {
	f := start(t, nil).facts(t)
	var real actions.Facts
	golden, err := os.ReadFile("../testdata/sudo.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(golden, &real); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(f.Absent, real.Absent) {
		t.Errorf("these sections are absent: %v, of a real host %v", f.Absent, real.Absent)
	}
	keywords := func(f *actions.Facts) []string { return slices.Sorted(maps.Keys(f.SSHD.Global)) }
	if got, want := keywords(f), keywords(&real); !slices.Equal(got, want) {
		t.Errorf("sshd -T tells\n%v, of a real host\n%v", got, want)
	}
	for keyword, value := range real.SSHD.Global {
		if keyword != "hostkey" && f.SSHD.Global[keyword] != value { // a simulated host has but one
			t.Errorf("sshd has %s %q, a real host %q", keyword, f.SSHD.Global[keyword], value)
		}
	}
	if f.SSHD.Unit != real.SSHD.Unit || f.SSHD.Include != real.SSHD.Include {
		t.Errorf("sshd is %s, %t, of a real host %s, %t", f.SSHD.Unit, f.SSHD.Include, real.SSHD.Unit, real.SSHD.Include)
	}
	for name, r := range real.Services {
		if s := f.Services[name]; s.Load != r.Load && r.Load == "loaded" {
			t.Errorf("%s is %+v, of a real host %+v", name, s, r)
		}
	}
	if f.Login.User != real.Login.User || f.Login.Root != real.Login.Root || f.OS.ID != real.OS.ID || f.OS.Version != real.OS.Version {
		t.Errorf("login %+v of %+v, of a real host %+v of %+v", f.Login, f.OS, real.Login, real.OS)
	}
	for what, n := range map[string][2]int{
		"listeners": {len(f.Listeners), len(real.Listeners)}, "accounts": {len(f.Accounts), len(real.Accounts)}, "packages": {len(f.Packages), len(real.Packages)},
		"libraries": {len(f.Libraries), len(real.Libraries)}, "logins": {len(f.Logins), len(real.Logins)}, "upgrades": {len(f.Upgrades), len(real.Upgrades)},
		"peers": {len(f.Peers), len(real.Peers)},
	} {
		if n[0] == 0 && n[1] > 0 {
			t.Errorf("there are no %s, and %d of a real host", what, n[1])
		}
	}
}

// What the story needs is seen.
func TestFactsOfTheStory(t *testing.T) {
	f := start(t, nil).facts(t)
	var ports []int
	for _, l := range f.Listeners {
		ports = append(ports, l.Port)
	}
	slices.Sort(ports)
	if ports = slices.Compact(ports); !slices.Equal(ports, []int{22, 80, 443, 3306, 8080, 9090, 9100}) {
		t.Errorf("listeners: %v", ports)
	}
	i := slices.IndexFunc(f.Accounts, func(a actions.Account) bool { return a.Name == "ops" })
	if i < 0 || len(f.Accounts[i].Keys) != 1 || !f.Accounts[i].Sudo || f.Accounts[i].Password != "locked" {
		t.Errorf("accounts: %+v", f.Accounts)
	}
	if f.SSHD.Global["passwordauthentication"] != "yes" || f.SSHD.Global["permitrootlogin"] != "yes" {
		t.Errorf("sshd: %v", f.SSHD.Global)
	}
	if len(f.Upgrades) != 10 || !f.Upgrades[0].Security {
		t.Errorf("upgrades: %+v", f.Upgrades)
	}
	if f.OS.Instance != "i-00000000000000001" {
		t.Errorf("instance: %q", f.OS.Instance)
	}
}
