package actions_test

import (
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// What a channel is told names no host that it may not target, but for one that
// it named itself.
func TestTarget(t *testing.T) {
	inv, err := inventory.New([]actions.Host{
		{Name: "web-1", Groups: []string{"web"}}, {Name: "web-2", Groups: []string{"web"}}, {Name: "secret-1", Groups: []string{"secrets"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := actions.Policy{Channels: map[string][]string{"C1": {"web-*", "gone-*"}}}
	for _, c := range []struct{ channel, pattern, says string }{
		{"C1", "@web", ""},
		{"C1", "wbe-*", `no host matches "wbe-*": this channel may target web-*, gone-*`},
		{"C1", "web-1,!@sceret", `no group is called "@sceret": this channel may target web-*, gone-*`},
		{"C1", "secret-1", "secret-1 is outside of what this channel may target (web-*, gone-*)"},
		{"C1", "web-{1", `the braces in "web-{1" are not in pairs: write {1..4} or {web,db}`},
		{"C2", "secret-?", "this channel may not target any hosts: add its ID C2 to policy.channels"},
	} {
		hosts, err := p.Target(t.Context(), inv, c.channel, c.pattern)
		switch {
		case c.says == "" && (err != nil || len(hosts) != 2):
			t.Errorf("%s: %v, %v", c.pattern, hosts, err)
		case c.says != "" && (err == nil || err.Error() != c.says || hosts != nil):
			t.Errorf("%s: %v, %v, want %q", c.pattern, hosts, err, c.says)
		}
	}
}
