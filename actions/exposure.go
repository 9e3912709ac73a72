package actions

import (
	"fmt"
	"slices"
)

// Reach says from where a port can be reached.
type Reach string

// The reaches, widest first.
//
// An address is public if a router of the internet would carry it, and declared
// if Declared.Networks or Declared.Trusted has it. A port has the reach
//
//   - internet, when the public addresses that get to it are more than half of
//     those of IPv4, or more than half of those of IPv6, whatever rules they
//     are split over;
//   - wide, when public addresses get to it that are not declared, or when
//     whoever gets to it is written in a way that is not understood;
//   - lb, when a load balancer gets to it: its rules let in a balancer's group,
//     or let in any address while it is a target of an internet-facing one,
//     which comes from its own addresses or passes those of its clients;
//   - internal, when private or declared addresses or members of other groups
//     get to it, and nobody else;
//   - host, when nobody but the host itself does.
const (
	ReachInternet Reach = "internet"
	ReachWide     Reach = "wide"
	ReachLB       Reach = "lb"
	ReachInternal Reach = "internal"
	ReachHost     Reach = "host"
)

// Order is the reach's place, 0 for the widest.
func (r Reach) Order() int {
	return slices.Index([]Reach{ReachInternet, ReachWide, ReachLB, ReachInternal, ReachHost}, r)
}

// Exposure is a port with a listener and who can reach it, as far as is known.
//
// Its rules are all those without which the reach is narrower: for internet and
// wide, all that let in public addresses that are not declared, so that without
// them none gets here; for the others, all that let in whoever the reach names.
type Exposure struct {
	Listener   Listener // of those on the port, the one that is bound to most
	Reach      Reach
	Unfiltered Reach    // the same without the host's own packet filter: if it is wider, nothing else keeps the others out
	Rules      []string // ids of the ingress rules that cause the reach, widest first
	Inferred   bool     // concluded from addresses and rules, and not seen to be so from outside
	Joined     bool     // the security groups, network ACLs and routes are part of the conclusion
	Because    []string // the links of the chain, a phrase each
	Tried      []Tried  // attempts to connect to the port; one that was accepted got past the host's own packet filter
	Untried    string   // why there could be none, if somebody was to make them
}

// Exposures joins the listeners of each port with the host's addresses, its
// security groups and what else decides who gets to it. Without facts of the
// cloud, a public host is taken to be open.
func Exposures(f *Facts) []Exposure {
	var exposures []Exposure
	for _, s := range sockets(f.Listeners) {
		exposures = append(exposures, expose(f, s))
	}
	return exposures
}

func expose(f *Facts, s socket) Exposure {
	e := Exposure{Listener: s.widest(), Because: []string{"bound to " + s.binds()}}
	if loopback(e.Listener.Address) {
		e.Reach, e.Unfiltered = ReachHost, ReachHost
		return e
	}
	e.Inferred = true
	e.conclude(f, s, everybody)
	e.Unfiltered = e.Reach
	p := f.passage(s)
	if s.proto == "tcp" {
		tried(f, s, &e)
	}
	narrows := len(everybody.minus(p.from)) > 0
	if narrower := (Exposure{Listener: e.Listener}); narrows && !e.accepted() {
		narrower.conclude(f, s, p.from)
		e.Reach, e.Rules = narrower.Reach, narrower.Rules
	}
	e.Because = append(e.Because, filter(f, &e, p))
	if narrows && e.accepted() {
		e.Because = append(e.Because, "and yet a connection from outside was accepted, so the firewall is not counted")
	}
	return e
}

// joinable returns the facts of the cloud if they say who reaches the host.
func (f *Facts) joinable() (*Cloud, bool) {
	_, _, missing := f.Missing(SectionCloud)
	return f.Cloud, !missing && f.Cloud != nil && len(f.Cloud.Interfaces) > 0
}

// conclude judges who gets to the socket, out of those whom the host's packet
// filter lets in.
func (e *Exposure) conclude(f *Facts, s socket, in ranges) {
	if cloud, ok := f.joinable(); ok {
		joined(cloud, f.Host.Declared, s, in, e)
		return
	}
	inferred(f, e)
	e.filtered(in, f.Host.Declared)
}

// inferred concludes the reach from the host's addresses alone.
func inferred(f *Facts, e *Exposure) {
	e.Reach = ReachInternal
	if f.Host.Public && !privateBind(e.Listener.Address) {
		e.Reach = ReachInternet
		e.Because = append(e.Because, "the host is public")
	}
	switch _, why, missing := f.Missing(SectionCloud); {
	case missing:
		e.Because = append(e.Because, "its security groups could not be read ("+why+")")
	case f.Cloud != nil:
		e.Because = append(e.Because, fmt.Sprintf("its security groups are not known (%s has no network interface)", f.Cloud.Instance))
	}
}

// joined concludes the reach from everything that the cloud says.
func joined(c *Cloud, d Declared, s socket, in ranges, e *Exposure) {
	j := newJoinThrough(in, c, d, s)
	var causes []admission
	e.Reach, causes = j.reach()
	e.Joined = true
	for _, a := range causes {
		if a.rule.ID != "" && !slices.Contains(e.Rules, a.rule.ID) {
			e.Rules = append(e.Rules, a.rule.ID)
		}
	}
	e.Because = append(e.Because, j.because(e.Reach, causes)...)
}
