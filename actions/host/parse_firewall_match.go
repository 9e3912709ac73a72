package host

import (
	"slices"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// match adds a condition of nft to a rule. False if no packet of a new
// connection to the host meets it.
func (n nftRule) match(r *actions.FirewallRule, value any) bool {
	m, _ := value.(map[string]any)
	op, _ := m["op"].(string)
	right := m["right"]
	values, understood := n.values(right)
	if _, list := right.([]any); list && op != "in" { // all flags at once
		understood = false
	}
	if op == "<" || op == ">" || op == "<=" || op == ">=" {
		values, understood = compared(op, values, understood)
		op = "=="
	}
	if op != "==" && op != "in" && op != "!=" {
		understood = false
	}
	c := condition{rule: r, not: op == "!=", values: values, understood: understood}
	left, _ := m["left"].(map[string]any)
	for kind, detail := range left {
		switch kind {
		case "payload":
			c.payload(field(left, kind, "protocol"), field(left, kind, "field"))
		case "meta":
			return c.meta(field(left, kind, "key"))
		case "ct":
			c.ct(left)
		case "fib":
			return c.fib(detail)
		case "&":
			return c.flags(detail, right)
		default:
			doubt(r, kind)
		}
	}
	if len(left) == 0 {
		doubt(r, "a condition")
	}
	return true
}

// compared turns a comparison with a number into a range of ports.
func compared(op string, values []string, understood bool) ([]string, bool) {
	n, err := strconv.Atoi(strings.Join(values, ","))
	if !understood || err != nil || n < 0 || n > 65535 {
		return nil, false
	}
	first, last := 0, 65535
	switch op {
	case "<":
		last = n - 1
	case "<=":
		last = n
	case ">":
		first = n + 1
	case ">=":
		first = n
	}
	if first > last {
		return nil, true
	}
	return []string{strconv.Itoa(first) + "-" + strconv.Itoa(last)}, true
}

// condition is the right side of a match, for the rule that it is of.
type condition struct {
	rule       *actions.FirewallRule
	not        bool
	values     []string
	understood bool
}

// ask adds the condition to the rule.
func (c condition) ask(m *actions.FirewallMatch, what string) {
	if !c.understood {
		doubt(c.rule, what)
		return
	}
	ask(c.rule, m, c.not, c.values, what)
}

func (c condition) payload(protocol, field string) {
	r := c.rule
	switch protocol {
	case "ip", "ip6":
		c.family(protocol)
	case "th":
	default:
		c.protocol(protocol)
	}
	switch protocol + " " + field {
	case "ip saddr", "ip6 saddr":
		c.ask(&r.From, "the source")
	case "ip daddr", "ip6 daddr":
		c.ask(&r.To, "the destination")
	case "ip protocol", "ip6 nexthdr":
		c.ask(&r.Proto, "the protocol")
	case "tcp dport", "udp dport", "th dport", "sctp dport", "dccp dport", "udplite dport":
		c.ask(&r.Ports, "the port")
	default:
		doubt(r, protocol+" "+field)
	}
}

// family makes the rule one for a family, as naming its addresses does.
func (c condition) family(family string) {
	if c.rule.Family == "" {
		c.rule.Family = family
	} else if c.rule.Family != family {
		doubt(c.rule, "two families")
	}
}

// protocol makes the rule one for a protocol, as naming its ports does.
func (c condition) protocol(name string) {
	p := &c.rule.Proto
	switch {
	case slices.Contains([]string{"ether", "vlan", "arp", "ah", "esp", "comp", ""}, name):
		doubt(c.rule, name)
	case p.Any != nil && !p.Not && slices.Contains(p.Any, name):
		p.Any = []string{name}
	default:
		ask(c.rule, p, false, []string{clean(name, 64)}, "the protocol")
	}
}

func (c condition) meta(key string) bool {
	r := c.rule
	switch key {
	case "iif", "iifname":
		// An interface that is gone is printed as its number.
		c.understood = c.understood && !slices.ContainsFunc(c.values, func(v string) bool { return number(v) > 0 })
		c.ask(&r.In, "the interface")
	case "l4proto":
		c.ask(&r.Proto, "the protocol")
	case "nfproto", "protocol":
		family := map[string]string{"ipv4": "ip", "ip": "ip", "ipv6": "ip6", "ip6": "ip6"}[strings.Join(c.values, ",")]
		switch {
		case !c.understood || family == "":
			doubt(r, key)
		case c.not && family == "ip":
			c.family("ip6")
		case c.not:
			c.family("ip")
		default:
			c.family(family)
		}
	case "pkttype":
		return c.holds(key, "host", "unicast")
	default:
		doubt(r, "meta "+key)
	}
	return true
}

// ct is about the state of a connection, or about what was done to it.
func (c condition) ct(left any) {
	switch key := field(left, "ct", "key"); {
	case key == "state", key == "status" && slices.Equal(c.values, []string{"dnat"}):
		c.ask(&c.rule.State, "the state")
	default:
		doubt(c.rule, "ct "+key)
	}
}

// fib is about whose the destination is: the host's own.
func (c condition) fib(detail any) bool {
	d, _ := detail.(map[string]any)
	flags, isList := d["flags"].([]any)
	if !isList {
		flags = []any{d["flags"]}
	}
	if d["result"] == any("type") && len(flags) == 1 && flags[0] == any("daddr") {
		return c.holds("fib", "local")
	}
	doubt(c.rule, "fib")
	return true
}

// holds reports whether packets whose property is one of those meet the
// condition.
func (c condition) holds(what string, is ...string) bool {
	if !c.understood {
		doubt(c.rule, what)
		return true
	}
	return slices.ContainsFunc(c.values, func(v string) bool { return slices.Contains(is, v) }) != c.not
}

// flags is about the flags of TCP. The first packet of a connection has SYN of
// these four (RFC 9293, 3.5).
func (c condition) flags(detail, right any) bool {
	operands, _ := detail.([]any)
	if len(operands) != 2 || field(operands[0], "payload", "protocol") != "tcp" || field(operands[0], "payload", "field") != "flags" {
		doubt(c.rule, "&")
		return true
	}
	c.protocol("tcp")
	var mask []string
	list, _ := operands[1].([]any)
	for _, one := range list {
		name, _ := one.(string)
		mask = append(mask, name)
	}
	slices.Sort(mask)
	if right != any("syn") || !slices.Equal(mask, []string{"ack", "fin", "rst", "syn"}) {
		doubt(c.rule, "tcp flags")
		return true
	}
	return !c.not
}
