package inventory_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

func fleet(t *testing.T) *inventory.Inventory {
	t.Helper()
	inv, err := inventory.New([]actions.Host{
		{Name: "web-10", Groups: []string{"web"}},
		{Name: "web-2", Groups: []string{"web", "web"}},
		{Name: "web-1", Groups: []string{"web", "canary"}},
		{Name: "web-3", Groups: []string{"web"}},
		{Name: "db-1", Groups: []string{"db"}},
		{Name: "web-1.staging"},
		{Name: "mail"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func TestSelect(t *testing.T) {
	inv := fleet(t)
	for pattern, want := range map[string]string{
		"*":                       "db-1 mail web-1 web-1.staging web-2 web-3 web-10",
		"web-*":                   "web-1 web-1.staging web-2 web-3 web-10",
		"web-?":                   "web-1 web-2 web-3",
		"web-[2-3]":               "web-2 web-3",
		"web-[!2-3]":              "web-1",
		"web-{1..3}":              "web-1 web-2 web-3",
		"{web,db}-1":              "web-1 db-1",
		"@web":                    "web-1 web-2 web-3 web-10",
		"@*":                      "db-1 web-1 web-2 web-3 web-10",
		"@web,!@canary":           "web-2 web-3 web-10",
		"web-*,!web-3,!*.staging": "web-1 web-2 web-10",
		"!web-3,web-?":            "web-1 web-2",
		"web-1,web-1,web-?":       "web-1 web-2 web-3",
		"mail,!db-1":              "mail",
	} {
		hosts, err := inv.Select(t.Context(), pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		got, want := names(hosts), strings.Fields(want)
		slices.SortFunc(want, actions.NaturalCompare)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", pattern, got, want)
		}
	}
}

func names(hosts []actions.Host) []string {
	all := make([]string, len(hosts))
	for i, h := range hosts {
		all[i] = h.Name
	}
	return all
}

// TestMatch holds Match against Select, which finds hosts in another way.
func TestMatch(t *testing.T) {
	inv := fleet(t)
	for _, pattern := range []string{"*", "web-?", "web-[!2-3]", "web-{1..3}", "@web", "@*", "@web,!@canary", "web-*,!web-3,!*.staging", "!web-3,web-?"} {
		p, err := inventory.ParsePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		hosts, err := inv.Select(t.Context(), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range inv.All() {
			if selected := slices.Contains(names(hosts), h.Name); p.Match(h) != selected {
				t.Errorf("%s matches %s: %v, and selected is %v", pattern, h.Name, p.Match(h), selected)
			}
		}
	}
}

func TestSelectNamesWhatIsMissing(t *testing.T) {
	inv := fleet(t)
	for pattern, want := range map[string]string{
		"web-4":        `no host is called "web-4": known are db-1, mail, web-1, web-1.staging, web-2 and 2 more`,
		"web-{1..4}":   `no host is called "web-4"`,
		"web-1,app-*":  `no host matches "app-*"`,
		"web-*,!wbe-3": `no host is called "wbe-3"`,
		"@webs":        `no group is called "@webs": known are canary, db, web`,
		"@w[x]*":       `no group matches "@w[x]*"`,
		"web-1,!web-*": `"web-1,!web-*" takes away every host that it names: nothing is left`,
		"web-1,web-{2": `the braces in`,
	} {
		hosts, err := inv.Select(t.Context(), pattern)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v and %v, want %q", pattern, names(hosts), err, want)
		}
	}
}

func TestSelectFromNothing(t *testing.T) {
	inv, err := inventory.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inv.Select(t.Context(), "*"); err == nil || err.Error() != `no host matches "*": no hosts are known` {
		t.Errorf("got %v", err)
	}
}

func TestSelectStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fleet(t).Select(ctx, "*"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	_, err := inventory.New([]actions.Host{
		{Name: "web-1"}, {Name: "web-1"}, {Name: ""}, {Name: "-oProxyCommand=x"},
		{Name: "a b"}, {Name: "@web"}, {Name: "ok", Groups: []string{"!"}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{`host "web-1" is defined twice`, `name ""`, `"-oProxyCommand=x"`, `"a b"`, `"@web"`, `groups of host "ok"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in: %v", want, err)
		}
	}
}

// BenchmarkSelect is the most expensive pattern on a large fleet.
func BenchmarkSelect(b *testing.B) {
	hosts := make([]actions.Host, 5000)
	for i := range hosts {
		hosts[i].Name = "web-" + strings.Repeat("a", i%200) + string(rune('a'+i%26)) + "." + actions.NewID("h")
	}
	inv, err := inventory.New(hosts)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := inv.Select(b.Context(), "{*,?*,??*,[a-z]*}{*,?*,[a-z]*}{*,?*,[a-z]*}{*,?*,[a-z]*}{*,?*}{*,?*}"); err != nil {
			b.Fatal(err)
		}
	}
}
