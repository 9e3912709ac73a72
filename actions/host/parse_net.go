package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"hardenbot/actions"
)

// parseListeners reads `ss -H -tulpn`: protocol, state, two queues, the local
// address, the peer, and the processes if they may be seen.
func parseListeners(text string, f *actions.Facts) error {
	f.Listeners = []actions.Listener{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 6 || words[0] != "tcp" && words[0] != "udp" {
			return fmt.Errorf("ss printed a line that is not understood: %s", clean(line, 80))
		}
		l, err := listener(words[4])
		if err != nil {
			return err
		}
		l.Proto = words[0]
		if _, users, ok := strings.Cut(line, `users:(("`); ok {
			process, _, _ := strings.Cut(users, `",pid=`)
			l.Process = clean(process, 64)
		}
		f.Listeners = append(f.Listeners, l)
	}
	return nil
}

// listener reads ADDRESS:PORT, for example 0.0.0.0:22, 127.0.0.53%lo:53,
// [::1]:25, [fe80::1]%eth0:546, *:80.
func listener(local string) (actions.Listener, error) {
	colon := strings.LastIndexByte(local, ':')
	if colon < 0 {
		return actions.Listener{}, fmt.Errorf("ss printed an address that is not understood: %s", clean(local, 80))
	}
	address, port := local[:colon], number(local[colon+1:])
	address, _, _ = strings.Cut(address, "%")
	address = strings.Trim(address, "[]")
	if ip, err := netip.ParseAddr(address); err == nil {
		address = ip.Unmap().String()
	} else if address != "*" {
		port = 0
	}
	if port < 1 || port > 65535 {
		return actions.Listener{}, fmt.Errorf("ss printed an address that is not understood: %s", clean(local, 80))
	}
	return actions.Listener{Address: address, Port: port}, nil
}

// parseFirewall reads the tool's name and what it printed.
func parseFirewall(text string, f *actions.Facts) error {
	tool, rules, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	var err error
	switch tool {
	case "none":
	case "iptables":
		f.Firewall.Rules = iptablesFilters(rules)
	case "nft":
		f.Firewall.Rules, err = nftFilters(rules)
	default:
		err = errors.New("the packet filter's answer is not understood")
	}
	return err
}

// iptablesFilters looks at the INPUT chains in what iptables-save prints. A
// jump to a chain of fail2ban concerns banned addresses only.
func iptablesFilters(rules string) bool {
	for line := range strings.Lines(rules) {
		policy, isPolicy := strings.CutPrefix(line, ":INPUT ")
		_, jump, _ := strings.Cut(line, " -j ")
		switch {
		case isPolicy && !strings.HasPrefix(policy, "ACCEPT"):
			return true
		case strings.HasPrefix(line, "-A INPUT ") && !strings.HasPrefix(jump, "f2b-"):
			return true
		}
	}
	return false
}

// nftRuleset is what of libnftables-json(5) tells whether input is filtered.
type nftRuleset struct {
	Nftables []struct {
		Chain *struct {
			Family, Table, Name, Hook, Policy string
		}
		Rule *struct {
			Family, Table, Chain string
			Expr                 []struct {
				Jump *struct{ Target string }
			}
		}
	}
}

// nftFilters looks for chains hooked on input that drop by policy or have
// rules. Those of fail2ban concern banned addresses only.
func nftFilters(raw string) (bool, error) {
	var set nftRuleset
	if err := json.Unmarshal([]byte(raw), &set); err != nil {
		return false, errors.New("nft's answer is no JSON")
	}
	input := map[[3]string]bool{}
	for _, o := range set.Nftables {
		c := o.Chain
		if c == nil || c.Hook != "input" || strings.HasPrefix(c.Table, "f2b-") {
			continue
		}
		if c.Policy == "drop" {
			return true, nil
		}
		input[[3]string{c.Family, c.Table, c.Name}] = true
	}
	for _, o := range set.Nftables {
		r := o.Rule
		if r == nil || !input[[3]string{r.Family, r.Table, r.Chain}] {
			continue
		}
		ban := false
		for _, e := range r.Expr {
			ban = ban || e.Jump != nil && strings.HasPrefix(e.Jump.Target, "f2b-")
		}
		if !ban {
			return true, nil
		}
	}
	return false, nil
}
