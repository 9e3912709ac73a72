package guards

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hardenbot/actions"
)

// peersAdmitted tells who holds connections to the ports that the change takes
// rules away from, and whether the new rules still let them in. It stands in
// nobody's way: to cut some off is what such a change is for, and who approves
// is to know whom. It refuses only where the connections could not be read.
var peersAdmitted = actions.Guard{
	Name: "peers-admitted",
	Says: "who is connected now, and who of them stays let in",
	Ask:  whoStays,
}

// mostNamed bounds how many peers are named in a sentence.
const mostNamed = 10

// peers is what becomes of those that are connected.
type peers struct {
	all                 int
	cut, likely, unsure []string // no longer let in; probably so; not known
	perPort             map[int]int
}

func whoStays(_ context.Context, q actions.Question) actions.Answer {
	if no, missing := needs(q.Facts, actions.SectionPeers); missing {
		return no
	}
	before, after, no := inCloud(q)
	if no != nil {
		return *no
	}
	return tally(q, before, after).answer(len(q.Facts.Peers) >= actions.MostPeers)
}

func tally(q actions.Question, before, after *actions.Cloud) peers {
	p := peers{perPort: map[int]int{}}
	for _, peer := range q.Facts.Peers {
		p.perPort[peer.Port]++
		from, err := netip.ParseAddr(peer.Address)
		if !narrowed(q.Change, peer.Port) || err == nil && from.IsLoopback() {
			continue
		}
		p.all++
		name := fmt.Sprintf("%s on port %d", said(peer.Address), peer.Port)
		switch {
		case err != nil:
			p.unsure = append(p.unsure, name)
		default:
			p.add(name, best(q.Facts, before, after, peer.Port, from.Unmap()))
		}
	}
	return p
}

func (p *peers) add(name string, becomes admission) {
	switch becomes {
	case cutOff:
		p.cut = append(p.cut, name)
	case groupGone:
		p.likely = append(p.likely, name)
	case notByRule:
		p.unsure = append(p.unsure, name)
	}
}

// narrowed reports whether the change revokes a rule about the port.
func narrowed(c actions.Change, port int) bool {
	return slices.ContainsFunc(calls(c), func(call actions.Call) bool {
		return call.Action == actions.RevokeIngress && call.Rule.Covers("tcp", port)
	})
}

// best judges an address by the listener on the port that is kindest to it: to
// which of several it is connected is not known.
func best(f *actions.Facts, before, after *actions.Cloud, port int, from netip.Addr) admission {
	var seen []admission
	for _, l := range f.Listeners {
		if l.Proto == "tcp" && l.Port == port {
			seen = append(seen, judge(before, after, l, from))
		}
	}
	for _, a := range []admission{admitted, asMember, groupGone, cutOff} {
		if slices.Contains(seen, a) {
			return a
		}
	}
	return notByRule
}

func (p peers) answer(full bool) actions.Answer {
	for _, n := range p.perPort {
		full = full || n >= actions.MostPeersOfPort
	}
	says := fmt.Sprintf("all %d that hold connections to these ports stay let in", p.all)
	switch {
	case p.all == 0:
		says = "nobody holds a connection to these ports now"
	case len(p.cut) > 0:
		says = fmt.Sprintf("%d of the %d that hold connections to these ports are no longer let in: %s", len(p.cut), p.all, some(p.cut))
	case len(p.likely) > 0:
		says = fmt.Sprintf("%d of the %d that hold connections to these ports probably lose their way in", len(p.likely), p.all)
	case len(p.unsure) > 0:
		says = fmt.Sprintf("none of the %d that hold connections to these ports is known to lose its way in", p.all)
	}
	if len(p.likely) > 0 {
		says += "; these can only be let in as members of a group whose rule goes: " + some(p.likely)
	}
	if len(p.unsure) > 0 {
		says += "; no rule that is understood lets these in now, so it is not known whether they come back: " + some(p.unsure)
	}
	if full {
		says += "; there may be more, as only the busiest of each port were read"
	}
	return actions.Allow("%s", says)
}

// some joins the first names and counts the others.
func some(names []string) string {
	if len(names) <= mostNamed {
		return listed(names)
	}
	return strings.Join(names[:mostNamed], ", ") + fmt.Sprintf(" and %d more", len(names)-mostNamed)
}
