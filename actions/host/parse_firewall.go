package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// ruleset is the packet filter while it is read: all chains, of which those
// that decide on what gets in are kept at the end.
type ruleset struct {
	chains    []actions.FirewallChain
	at        map[string]int // by their words
	untracked bool
	unclear   string
	rules     int
}

// parseFirewall reads what tools printed, each after a line with its name.
func parseFirewall(text string, f *actions.Facts) error {
	var set ruleset
	tool, known := "", false
	var lines strings.Builder
	for line := range strings.Lines(text + "\n") {
		if word := strings.TrimSuffix(line, "\n"); slices.Contains(firewallTools, word) {
			if err := set.read(tool, lines.String()); err != nil {
				return err
			}
			tool, known = word, true
			lines.Reset()
		} else {
			lines.WriteString(line)
		}
	}
	if !known {
		return errors.New("the packet filter's answer is not understood")
	}
	if err := set.read(tool, lines.String()); err != nil {
		return err
	}
	f.Firewall = set.firewall()
	return nil
}

// firewallTools are the names that the probe prints. Terse is nft without what
// is in sets; unread tells of rules that no tool on the host can print.
var firewallTools = []string{"none", "nft", "nft terse", "iptables", "ip6tables", "legacy iptables", "legacy ip6tables", "unread"}

// read adds what one tool printed.
func (s *ruleset) read(tool, text string) error {
	switch tool {
	case "nft", "nft terse":
		return s.nft(text, tool == "nft terse")
	case "iptables":
		s.iptables("ip", "", text)
	case "ip6tables":
		s.iptables("ip6", "", text)
	case "legacy iptables":
		s.iptables("ip", " (legacy)", text)
	case "legacy ip6tables":
		s.iptables("ip6", " (legacy)", text)
	case "unread":
		s.unclear = "there are rules of iptables-legacy, but no tool to read them with"
	}
	return nil
}

// chain returns where a chain is, which is new if it was not there.
func (s *ruleset) chain(family, table, name string) *actions.FirewallChain {
	c := actions.FirewallChain{Family: clean(family, 16), Table: clean(table, 80), Name: clean(name, 80)}
	n, known := s.at[c.Words()]
	if !known {
		if s.at == nil {
			s.at = map[string]int{}
		}
		n = len(s.chains)
		s.at[c.Words()] = n
		s.chains = append(s.chains, c)
	}
	return &s.chains[n]
}

// forget empties the chains of a table, which another tool prints in full.
func (s *ruleset) forget(family, table string) {
	for n, c := range s.chains {
		if c.Family == family && c.Table == table {
			s.chains[n] = actions.FirewallChain{Family: family, Table: table, Name: c.Name}
		}
	}
}

// add appends a rule. A map of verdicts may stand in any number of rules, and
// becomes as many rules as it has entries each time.
func (s *ruleset) add(c *actions.FirewallChain, r actions.FirewallRule) {
	if s.rules++; s.rules > 10*actions.MostFirewallRules {
		s.tooMany()
		return
	}
	c.Rules = append(c.Rules, r)
}

func (s *ruleset) tooMany() {
	s.unclear = fmt.Sprintf("it has more than %d rules", actions.MostFirewallRules)
}

// firewall keeps the chains that decide, within bounds.
func (s *ruleset) firewall() actions.Firewall {
	var kept []actions.FirewallChain
	for n, c := range s.hooked() {
		if n == mostHooked {
			s.tooMany()
			break
		}
		all := s.reached(c)
		if c.Hook == "input" && (c.Policy == "drop" || slices.ContainsFunc(all, hasRules)) ||
			c.Hook == "prerouting" && slices.ContainsFunc(all, forwards) {
			kept = append(kept, c)
		}
	}
	for _, c := range s.reached(kept...) {
		if c.Hook == "" {
			kept = append(kept, c)
		}
	}
	rules, values := 0, actions.MostFirewallValues
	for n, c := range kept {
		rules += 1 + len(c.Rules)
		for m := range c.Rules {
			curb(&kept[n].Rules[m], &values)
		}
	}
	if rules > actions.MostFirewallRules {
		s.tooMany()
	}
	if s.unclear != "" {
		return actions.Firewall{Unclear: s.unclear}
	}
	return actions.Firewall{Chains: kept, Untracked: s.untracked && len(kept) > 0}
}

// mostHooked bounds the chains with a hook. Tools make up to ten.
const mostHooked = 64

func (s *ruleset) hooked() []actions.FirewallChain {
	return slices.DeleteFunc(slices.Clone(s.chains), func(c actions.FirewallChain) bool { return c.Hook == "" })
}

// reached returns the chains and all that they jump to.
func (s *ruleset) reached(from ...actions.FirewallChain) []actions.FirewallChain {
	all := slices.Clone(from)
	seen := map[string]bool{}
	for _, c := range from {
		seen[c.Words()] = true
	}
	for n := 0; n < len(all); n++ {
		for _, r := range all[n].Rules {
			next := actions.FirewallChain{Family: all[n].Family, Table: all[n].Table, Name: r.Target}
			at, known := s.at[next.Words()]
			if r.Target != "" && known && !seen[next.Words()] {
				seen[next.Words()] = true
				all = append(all, s.chains[at])
			}
		}
	}
	return all
}

func hasRules(c actions.FirewallChain) bool { return len(c.Rules) > 0 }

func forwards(c actions.FirewallChain) bool {
	return slices.ContainsFunc(c.Rules, func(r actions.FirewallRule) bool {
		return r.Verdict == actions.FirewallDNAT || r.Verdict == actions.FirewallOther
	})
}

// curb takes a condition with more values than are left as not understood.
func curb(r *actions.FirewallRule, left *int) {
	for _, m := range []*actions.FirewallMatch{&r.Proto, &r.Ports, &r.From, &r.To, &r.In, &r.State} {
		if len(m.Any) > *left {
			*m = actions.FirewallMatch{}
			r.Unclear = "too many values"
		}
		*left -= len(m.Any)
	}
}

// ask adds a condition to a rule. Of two on the same property the first is
// kept; that there is another is then not understood.
func ask(r *actions.FirewallRule, m *actions.FirewallMatch, not bool, values []string, what string) {
	if values == nil {
		values = []string{}
	}
	switch {
	case m.Any == nil:
		*m = actions.FirewallMatch{Not: not, Any: values}
	case m.Not != not || !slices.Equal(m.Any, values):
		doubt(r, "two conditions on "+what)
	}
}

func doubt(r *actions.FirewallRule, what string) {
	if r.Unclear == "" {
		r.Unclear = clean(what, 64)
	}
}
