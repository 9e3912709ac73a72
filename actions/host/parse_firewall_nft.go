package host

import (
	"encoding/json"
	"errors"
	"slices"

	"hardenbot/actions"
)

// nftObject is one object of libnftables-json(5).
type nftObject struct {
	Chain *struct {
		Family, Table, Name, Type, Hook, Policy string
	}
	Rule *struct {
		Family, Table, Chain string
		Expr                 []map[string]any
	}
	Set, Map *nftSet
}

type nftSet struct {
	Family, Table, Name string
	Flags               any
	Elem                []any
}

// nft reads `nft -j list ruleset`. Terse output is without what is in sets.
func (s *ruleset) nft(text string, terse bool) error {
	var all struct{ Nftables []nftObject }
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return errors.New("nft's answer is not understood")
	}
	sets := nftSets(all.Nftables, terse)
	done := map[[3]string]setValues{}
	for _, o := range all.Nftables {
		if c := o.Chain; c != nil {
			s.nftChain(c.Family, c.Table, c.Name, c.Type, c.Hook, c.Policy)
		}
	}
	for _, o := range all.Nftables {
		if o.Rule == nil || !filtersIP(o.Rule.Family) || s.unclear != "" {
			continue
		}
		r := nftRule{ruleset: s, sets: sets, done: done, family: o.Rule.Family, table: o.Rule.Table}
		for _, rule := range r.read(o.Rule.Expr) {
			s.add(s.chain(o.Rule.Family, o.Rule.Table, o.Rule.Chain), rule)
		}
	}
	return nil
}

func filtersIP(family string) bool { return family == "ip" || family == "ip6" || family == "inet" }

// nftChain adds a chain. Nothing is dropped in one for nat.
func (s *ruleset) nftChain(family, table, name, kind, hook, policy string) {
	if !filtersIP(family) {
		return
	}
	c := s.chain(family, table, name)
	if hook == "input" && kind != "nat" || hook == "prerouting" {
		c.Hook, c.Policy = hook, "accept"
		if policy == "drop" {
			c.Policy = policy
		}
	}
}

// nftRule is a rule while it is read.
type nftRule struct {
	*ruleset
	sets          map[[3]string][]any
	done          map[[3]string]setValues // sets that were read, which rules share
	family, table string
}

// read returns the rules that one becomes: none if it decides nothing or is
// about no new connection, and several if it has a map of verdicts.
func (n nftRule) read(expr []map[string]any) []actions.FirewallRule {
	var r actions.FirewallRule
	var all []actions.FirewallRule
	for _, e := range expr {
		for name, value := range e {
			switch name {
			case "match":
				if !n.match(&r, value) {
					return all
				}
			case "vmap":
				all = append(all, n.vmap(r, value)...)
			default:
				n.statement(&r, name, value)
			}
		}
	}
	if r.Verdict != "" {
		all = append(all, r)
	}
	return all
}

// nftVerdicts are the statements that end a rule, and nftGoesOn are those after
// which the rule goes on for every packet. Any other may end it for some.
var (
	nftVerdicts = map[string]actions.FirewallVerdict{
		"accept": actions.FirewallAccept, "drop": actions.FirewallDrop, "reject": actions.FirewallDrop,
		"return": actions.FirewallReturn, "jump": actions.FirewallJump, "goto": actions.FirewallGoto,
		"dnat": actions.FirewallDNAT, "redirect": actions.FirewallDNAT, "tproxy": actions.FirewallDNAT,
		"queue": actions.FirewallOther, "synproxy": actions.FirewallOther,
	}
	nftGoesOn = []string{"counter", "log", "last", "continue", "ct helper", "masquerade", "snat"}
)

func (n nftRule) statement(r *actions.FirewallRule, name string, value any) {
	detail, _ := value.(map[string]any)
	verdict, ends := nftVerdicts[name]
	switch {
	case ends:
		r.Verdict = verdict
		if target, ok := detail["target"].(string); ok {
			r.Target = clean(target, 80)
		}
		if verdict == actions.FirewallDNAT {
			r.ToPort = nftToPort(detail)
		}
	case name == "notrack":
		n.untracked = true
	case name == "mangle":
		if field(detail["key"], "payload", "field") != "" {
			n.unclear = "it changes packets"
		}
	case name == "xt":
		xt(r, detail)
	case !slices.Contains(nftGoesOn, name):
		doubt(r, name)
	}
}

// nftToPort is where a statement sends packets. A map may send them anywhere.
func nftToPort(detail map[string]any) int {
	_, plain := detail["addr"].(string)
	port, numeric := detail["port"].(float64)
	switch {
	case detail["addr"] != nil && !plain, detail["port"] != nil && !numeric, port < 0, port > 65535:
		return -1
	}
	return int(port)
}

// xt is an extension of iptables that nft has no words for.
func xt(r *actions.FirewallRule, detail map[string]any) {
	kind, _ := detail["type"].(string)
	name, _ := detail["name"].(string)
	verdict, known := iptablesVerdicts[name]
	switch {
	case kind == "match" && name == "comment", kind != "match" && slices.Contains(iptablesGoesOn, name):
		return
	case kind == "match":
		doubt(r, name)
	case known:
		r.Verdict, r.ToPort = verdict, 0
		if verdict == actions.FirewallDNAT {
			r.ToPort = -1
		}
	default:
		r.Verdict = actions.FirewallOther
		doubt(r, "xt "+name)
	}
}

// vmap becomes a rule for each of its entries.
func (n nftRule) vmap(r actions.FirewallRule, value any) []actions.FirewallRule {
	detail, _ := value.(map[string]any)
	entries, known := n.elements(detail["data"])
	if !known {
		r.Verdict = actions.FirewallOther
		doubt(&r, "a map of verdicts")
		return []actions.FirewallRule{r}
	}
	var all, last []actions.FirewallRule
	for _, entry := range entries {
		if len(all) > 2*actions.MostFirewallRules {
			break
		}
		pair, _ := entry.([]any)
		one := r
		if len(pair) != 2 {
			one.Verdict = actions.FirewallOther
			doubt(&one, "a map of verdicts")
			all = append(all, one)
			continue
		}
		possible := pair[0] == any("*") || n.match(&one, map[string]any{"op": "==", "left": detail["key"], "right": pair[0]})
		verdict, _ := pair[1].(map[string]any)
		for name, v := range verdict {
			n.statement(&one, name, v)
		}
		switch {
		case possible && pair[0] == any("*"):
			last = append(last, one)
		case possible && one.Verdict != "":
			all = append(all, one)
		}
	}
	return append(all, last...)
}

// field returns the string at value.outer.inner, or nothing.
func field(value any, outer, inner string) string {
	v, _ := value.(map[string]any)
	detail, _ := v[outer].(map[string]any)
	text, _ := detail[inner].(string)
	return text
}
