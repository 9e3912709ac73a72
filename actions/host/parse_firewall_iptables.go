package host

import (
	"slices"
	"strings"

	"hardenbot/actions"
)

// iptables reads what iptables-save(8) prints.
func (s *ruleset) iptables(family, suffix, text string) {
	table := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			table = clean(line[1:], 64) + suffix
			s.forget(family, table)
		case strings.HasPrefix(line, ":"):
			s.policy(family, table, strings.Fields(line[1:]))
		case strings.HasPrefix(line, "-A "):
			words := shellWords(line)
			if len(words) < 2 {
				continue
			}
			rule, ends := iptablesRule(words[2:])
			s.untracked = s.untracked || slices.Contains(words, "--notrack") || slices.Contains(words, "NOTRACK")
			if ends {
				s.add(s.chain(family, table, words[1]), rule)
			}
		}
	}
	s.resolve(family, suffix)
}

// policy reads ":CHAIN POLICY [packets:bytes]". Nothing is dropped in nat.
func (s *ruleset) policy(family, table string, words []string) {
	if len(words) < 2 {
		return
	}
	c := s.chain(family, table, words[0])
	hook := map[string]string{"INPUT": "input", "PREROUTING": "prerouting"}[words[0]]
	if words[1] == "-" || hook == "" || hook == "input" && strings.HasPrefix(table, "nat") {
		return
	}
	c.Hook, c.Policy = hook, "accept"
	if words[1] == "DROP" {
		c.Policy = "drop"
	}
}

// resolve tells jumps from targets that are not understood, once all chains of
// the family are known.
func (s *ruleset) resolve(family, suffix string) {
	for _, c := range s.chains {
		if c.Family != family || !strings.HasSuffix(c.Table, suffix) {
			continue
		}
		for n, r := range c.Rules {
			next := actions.FirewallChain{Family: c.Family, Table: c.Table, Name: r.Target}
			if _, known := s.at[next.Words()]; r.Verdict == actions.FirewallJump && !known {
				c.Rules[n].Verdict, c.Rules[n].Target = actions.FirewallOther, ""
				doubt(&c.Rules[n], r.Target)
			}
		}
	}
}

// iptablesGoesOn are the targets after which the next rule is looked at
// (iptables-extensions(8)).
var iptablesGoesOn = []string{
	"LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "SET", "TRACE", "CT", "NOTRACK", "TCPMSS", "TCPOPTSTRIP", "CLASSIFY",
	"DSCP", "TOS", "TTL", "HL", "AUDIT", "CHECKSUM", "CONNSECMARK", "SECMARK", "ECN", "TEE", "LED", "RATEEST", "IDLETIMER",
}

var iptablesVerdicts = map[string]actions.FirewallVerdict{
	"ACCEPT": actions.FirewallAccept, "DROP": actions.FirewallDrop, "REJECT": actions.FirewallDrop,
	"RETURN": actions.FirewallReturn, "DNAT": actions.FirewallDNAT, "REDIRECT": actions.FirewallDNAT, "TPROXY": actions.FirewallDNAT,
}

// option is one option of a rule, with its values.
type option struct {
	name   string
	not    bool
	values []string
}

// iptablesRule reads what follows "-A CHAIN". False if the rule decides nothing,
// or is about no new connection.
func iptablesRule(words []string) (actions.FirewallRule, bool) {
	var r actions.FirewallRule
	target, possible := "", true
	for _, o := range options(words) {
		switch o.name {
		case "-j", "-g":
			target = o.first()
			r.Verdict = iptablesVerdicts[target]
			if r.Verdict == "" {
				r.Verdict, r.Target = actions.FirewallJump, clean(target, 80)
			}
			if o.name == "-g" {
				r.Verdict = actions.FirewallGoto
			}
		case "--to-destination", "--to-ports", "--on-port":
			r.ToPort = portOfTarget(o.name, o.first())
		default:
			possible = o.ask(&r) && possible
		}
	}
	return r, possible && target != "" && !slices.Contains(iptablesGoesOn, target)
}

// portOfTarget reads 172.17.0.2:80, [2001:db8::1]:80, 172.17.0.2, or 8081.
func portOfTarget(option, text string) int {
	port := text
	if option == "--to-destination" {
		colon := strings.LastIndexByte(text, ':')
		if colon < 0 || strings.Count(text, ":") > 1 && !strings.Contains(text, "]:") {
			return 0
		}
		port = text[colon+1:]
	}
	if n := number(port); 0 < n && n <= 65535 {
		return n
	}
	return -1
}

// ask adds an option to the rule's conditions. False if no packet of a new
// connection to the host meets it.
func (o option) ask(r *actions.FirewallRule) bool {
	values := strings.Split(strings.Join(o.values, ","), ",")
	for n, v := range values {
		values[n] = clean(v, 64)
	}
	ports := make([]string, len(values))
	for n, v := range values {
		ports[n] = strings.Replace(v, ":", "-", 1)
	}
	switch o.name {
	case "-p":
		ask(r, &r.Proto, o.not, values, "the protocol")
	case "-s", "--src-range":
		ask(r, &r.From, o.not, values, "the source")
	case "-d", "--dst-range":
		ask(r, &r.To, o.not, values, "the destination")
	case "-i":
		if begin, all := strings.CutSuffix(values[0], "+"); all {
			values[0] = begin + "*"
		}
		ask(r, &r.In, o.not, values[:1], "the interface")
	case "--dport", "--dports":
		ask(r, &r.Ports, o.not, ports, "the port")
	case "--ctstate", "--state", "--ctstatus":
		states := strings.Split(strings.ToLower(strings.Join(values, ",")), ",")
		if o.name == "--ctstatus" && !slices.Equal(states, []string{"dnat"}) {
			doubt(r, o.name)
			return true
		}
		ask(r, &r.State, o.not, states, "the state")
	case "--dst-type":
		return slices.Contains(values, "LOCAL") != o.not
	case "--pkt-type":
		return slices.Contains(values, "unicast") != o.not
	case "--tcp-flags":
		if slices.Equal(o.values, []string{"FIN,SYN,RST,ACK", "SYN"}) {
			return !o.not
		}
		doubt(r, o.name)
	case "-m", "--comment", "--reject-with", "--limit-burst", "--icmp-type", "--icmpv6-type":
	default:
		doubt(r, o.name)
	}
	return true
}

func (o option) first() string {
	if len(o.values) == 0 {
		return ""
	}
	return o.values[0]
}

// options divides words at those that begin with a dash. Options whose value
// is anybody's text take the next word whatever it is.
func options(words []string) []option {
	var all []option
	not, text := false, false
	for _, w := range words {
		last := len(all) - 1
		switch {
		case text:
			all[last].values, text = append(all[last].values, w), false
		case w == "!":
			not = true
		case strings.HasPrefix(w, "-") || last < 0:
			all = append(all, option{name: w, not: not})
			not, text = false, slices.Contains([]string{"--comment", "--log-prefix", "--nflog-prefix", "--string", "--hex-string"}, w)
		default:
			all[last].values = append(all[last].values, w)
		}
	}
	return all
}

// shellWords divides a line at blanks. Words in double quotes may have blanks,
// and backslashes before what would end them.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	quoted, escaped, inside := false, false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped, inside = true, true
		case r == '"':
			quoted, inside = !quoted, true
		case r == ' ' && !quoted:
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	return words
}
