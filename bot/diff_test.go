package bot

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

// Only what a script writes in any case, and whole, is shown as a difference.
func TestWrittenFilesAreExact(t *testing.T) {
	const doc = " 0600 <<'CONF'\nA \\ $x `y`\n\tB\nCONF\n"
	all := []file{{"/etc/a", "0600", "A \\ $x `y`\n\tB\n"}}
	for _, tt := range []struct {
		name, script string
		want         []file
	}{
		{"a path", "keep /etc/a\nput /etc/a" + doc + "reload_sshd\n", all},
		{"a variable", "f=/etc/a\nkeep \"$f\"\nput \"$f\"" + doc, all},
		{"in quotes", "put '/etc/a'" + doc, all},
		{"nothing in it", "put /etc/a 0600 <<'CONF'\nCONF\n", []file{{"/etc/a", "0600", ""}}},
		{"two", "put /etc/a" + doc + "put /etc/b 0644 <<'X'\nb\nX\n", append(all[:1:1], file{"/etc/b", "0644", "b\n"})},
		{"behind a condition", "[ -e /x ] || exit 0\nput /etc/a" + doc, nil},
		{"in a condition", "if true; then\nput /etc/a" + doc + "fi\n", nil},
		{"behind an end", "exit 0\nput /etc/a" + doc, nil},
		{"another put", "put() { true; }\nput /etc/a" + doc, nil},
		{"an unknown variable", "put \"$f\"" + doc, nil},
		{"a variable that is computed", "f=/etc/a\nf=$(date)\nput \"$f\"" + doc, nil},
		{"a variable that is lost", "f=/etc/a\nunset f\nput \"$f\"" + doc, nil},
		{"a default", "put \"${f:-/etc/a}\"" + doc, nil},
		{"a text with variables", "put /etc/a 0600 <<CONF\n$x\nCONF\n", nil},
		{"a pipe", "printf x | put /etc/a 0600\n", nil},
		{"a pattern", "put /etc/*" + doc, nil},
		{"another command", "tee /etc/a" + doc, nil},
		{"no shell", "put ((", nil},
	} {
		got := written(tt.script)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: %q, want %q", tt.name, got[i], tt.want[i])
			}
		}
	}
}

func TestDifferencesOfRules(t *testing.T) {
	rule := func(r actions.IngressRule) *actions.IngressRule { return &r }
	for _, tt := range []struct {
		call actions.Call
		want string
	}{
		{actions.Call{Action: actions.RevokeIngress, Rule: rule(actions.IngressRule{ID: "sgr-1", Group: "sg-1", Proto: "tcp", From: 22, To: 22, CIDR: "0.0.0.0/0"})}, "- sg-1 tcp 22 from 0.0.0.0/0 sgr-1\n"},
		{actions.Call{Action: actions.AuthorizeIngress, Rule: rule(actions.IngressRule{Group: "sg-1", Proto: "udp", From: 1, To: 9, Source: "sg-2"})}, "+ sg-1 udp 1-9 from sg-2\n"},
		{actions.Call{Action: actions.AuthorizeIngress, Rule: rule(actions.IngressRule{Group: "sg-1", Proto: "-1", PrefixList: "pl-1"})}, "+ sg-1 all traffic from pl-1\n"},
		{actions.Call{Action: actions.ModifyMetadata, Instance: "i-1", Tokens: "required"}, "+ i-1 HttpTokens required\n"},
	} {
		if got := ruleLine(tt.call); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// Hosts with the same difference are told together; a difference that would
// leave no room for the rest is left to the commands.
func TestDifferencesAreFoldedAndBounded(t *testing.T) {
	plan := largePlan(3)
	if raw := mustJSON(diff(plan)); strings.Count(raw, "+ PasswordAuthentication no") != 1 || strings.Contains(raw, "## ") {
		t.Errorf("the same of three hosts: %s", raw)
	}
	plan.Hosts[1].Change.Steps = []actions.Step{{Do: "put /etc/b 0644 <<'X'\nb\nX\n"}}
	if raw := mustJSON(diff(plan)); !strings.Contains(raw, `## web-1, web-3\n+++ /etc/ssh`) || !strings.Contains(raw, `## web-2\n+++ /etc/b (mode 0644)\n+ b`) {
		t.Errorf("two differences: %s", raw)
	}
	plan.Hosts[1].Change.Steps[0].Do = "put /etc/b 0644 <<'X'\n" + strings.Repeat("b\n", 1000) + "X\n"
	if got := diff(plan); got != nil {
		t.Errorf("a long difference is shown: %s", mustJSON(got))
	}
	if got := diff(actions.Plan{}); got != nil {
		t.Errorf("no difference is shown: %s", mustJSON(got))
	}
}
