package actions

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// port is a port number of a protocol, as a listener has it.
type port struct {
	proto  string
	number int
}

// in reports whether a rule for that protocol and those port numbers is about
// the port. A rule that is not understood is taken to be about every port, and
// doubt says what of it is not understood.
func (p port) in(proto string, from, to int) (about bool, doubt string) {
	theirs, known := protocolNumber(proto)
	ours, ok := protocolNumber(p.proto)
	switch {
	case !known:
		return true, fmt.Sprintf("protocol %q", proto)
	case theirs == everyProtocol:
		return true, ""
	case ok && theirs != ours:
		return false, ""
	case !portRange(from, to):
		return true, fmt.Sprintf("ports %d to %d", from, to)
	}
	return from <= p.number && p.number <= to, ""
}

func portRange(from, to int) bool { return 0 <= from && from <= to && to <= 65535 }

// Protocol numbers (IANA), and AWS's number for every one of them.
const (
	everyProtocol = -1
	protocolTCP   = 6
	protocolUDP   = 17
)

func protocolNumber(name string) (number int, known bool) {
	switch strings.ToLower(name) {
	case "tcp":
		return protocolTCP, true
	case "udp":
		return protocolUDP, true
	case "icmp":
		return 1, true
	case "icmpv6":
		return 58, true
	}
	n, err := strconv.Atoi(name)
	return n, err == nil && everyProtocol <= n && n <= 255
}

// sources returns the addresses that a rule lets in. Members of the group in
// Source are not among them. doubt says what is not understood; the addresses
// are then fewer than may be let in.
func (r IngressRule) sources() (from ranges, doubt string) {
	cidrs := slices.Clone(r.Prefixes)
	if r.CIDR != "" {
		cidrs = append(cidrs, r.CIDR)
	}
	switch {
	case r.PrefixList != "" && len(r.Prefixes) == 0:
		doubt = "the entries of " + r.PrefixList + " are not known"
	case r.Source == "" && len(cidrs) == 0:
		doubt = "it names no source"
	}
	for _, cidr := range cidrs {
		one, ok := parseRange(cidr)
		if !ok {
			doubt = fmt.Sprintf("source %q", cidr)
		}
		from = append(from, one...)
	}
	return normal(from), doubt
}

// passACL returns which of the asked addresses a network ACL lets through to
// the port, and why not the others, a phrase each. The first entry that matches
// an address decides on it, and where none matches it is denied. An entry that
// is not understood closes nothing; neither does an ACL without any entry, as
// there is none such in AWS.
func passACL(entries []ACL, p port, asked ranges) (passed ranges, stops []string) {
	if len(entries) == 0 {
		return asked, []string{"the network ACL is not known and taken as open"}
	}
	entries = slices.SortedStableFunc(slices.Values(entries), func(a, b ACL) int { return cmp.Compare(a.Number, b.Number) })
	for _, e := range entries {
		about, doubt := p.in(e.Proto, e.From, e.To)
		from, ok := parseRange(e.CIDR)
		if !ok && e.Allow {
			from = asked
		}
		hit := asked.intersect(from)
		switch {
		case !about:
			continue
		case (doubt != "" || !ok) && len(asked) > 0:
			stops = append(stops, fmt.Sprintf("the network ACL's entry %d is not understood and taken as open", e.Number))
			if !e.Allow {
				continue
			}
		case !e.Allow && len(hit) > 0:
			stops = append(stops, fmt.Sprintf("the network ACL's entry %d (%s) denies it", e.Number, e.CIDR))
		}
		if e.Allow {
			passed = passed.union(hit)
		}
		asked = asked.minus(hit)
	}
	if len(asked) > 0 {
		stops = append(stops, "no entry of the network ACL allows it")
	}
	return passed, stops
}
