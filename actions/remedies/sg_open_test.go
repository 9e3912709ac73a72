package remedies_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestSecurityGroupsAreReported(t *testing.T) {
	everywhere := func(id, proto string, from, to int) actions.IngressRule {
		return actions.IngressRule{ID: id, Proto: proto, From: from, To: to, CIDR: "0.0.0.0/0"}
	}
	for _, c := range []struct {
		name, remedy string
		rule         actions.IngressRule
		subject      string // none for nothing
		title, says  string
	}{
		{"every port", "sg-open-all", everywhere("sgr-1", "-1", 0, 65535), "sg-0web",
			"Security group sg-0web (web) is open to everybody on all or very many ports",
			"sgr-1 (0.0.0.0/0, all ports of all protocols) of sg-0web (web) lets everybody in, by itself or with the others\nthe group also serves eni-0web2 (web-2)"},
		{"very many ports", "sg-open-all", everywhere("sgr-1", "tcp", 1024, 65535), "sg-0web",
			"Security group sg-0web (web) is open to everybody on all or very many ports", "ports 1024-65535/tcp"},
		{"ports that are not understood", "sg-open-all", everywhere("sgr-1", "tcp", 9, 1), "sg-0web",
			"Security group sg-0web (web) is open to everybody on all or very many ports", "this rule is not understood (ports 9 to 1) and taken as open"},
		{"few ports", "sg-open-all", everywhere("sgr-1", "tcp", 8000, 8999), "", "", ""},
		{"nothing listens", "sg-open-unused", everywhere("sgr-1", "tcp", 5432, 5432), "sgr-1",
			"sgr-1 (0.0.0.0/0, port 5432/tcp) of sg-0web (web) lets public addresses in, and nothing listens there", "the group also serves eni-0web2 (web-2)"},
		{"only the host listens", "sg-open-unused", everywhere("sgr-1", "tcp", 3306, 3306), "sgr-1",
			"sgr-1 (0.0.0.0/0, port 3306/tcp) of sg-0web (web) lets public addresses in, and nothing listens there", ""},
		{"something listens", "sg-open-unused", everywhere("sgr-1", "tcp", 80, 90), "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := soundInCloud()
			open(f, c.rule)
			found := find(t, c.remedy).Check(f)
			if c.subject == "" {
				if len(found) > 0 {
					t.Errorf("finds %+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Subject != c.subject || found[0].Title != c.title || !strings.Contains(strings.Join(found[0].Says, "\n"), c.says) {
				t.Errorf("finds %+v\nwant %q %q …%s…", found, c.subject, c.title, c.says)
			}
		})
	}
}
