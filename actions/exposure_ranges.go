package actions

import (
	"math/big"
	"net/netip"
	"slices"
)

// span is the addresses from first to last, both included, of one family.
type span struct{ first, last netip.Addr }

// ranges is a set of addresses: spans in order that neither overlap nor touch.
// netip orders all of IPv4 before IPv6, so one set holds both families and no
// span ever crosses from one into the other.
type ranges []span

// The addresses of the internet. IPv4 is taken without the blocks that no
// router of the internet carries (RFC 6890: this network, private, shared,
// loopback, link-local, benchmarks, multicast and reserved); the blocks for
// examples in documents stay in. IPv6 is global unicast (RFC 4291).
var (
	everyIPv4  = mustRanges("0.0.0.0/0")
	everyIPv6  = mustRanges("::/0")
	publicIPv4 = everyIPv4.minus(mustRanges(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
		"172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
	))
	publicIPv6 = mustRanges("2000::/3")
	public     = publicIPv4.union(publicIPv6)
)

// moreThanHalf reports whether the set has more than half of those addresses.
// Of the public ones of a family, that means everybody.
func (r ranges) moreThanHalf(of ranges) bool {
	covered := r.intersect(of).size()
	return covered.Lsh(covered, 1).Cmp(of.size()) > 0
}

// share is the larger of the parts, 0 to 1, that the set has of the public
// addresses of IPv4 and of IPv6. It is for putting sets in order only.
func (r ranges) share() float64 {
	part := func(of ranges) float64 {
		some, _ := new(big.Float).SetInt(r.intersect(of).size()).Float64()
		all, _ := new(big.Float).SetInt(of.size()).Float64()
		return some / all
	}
	return max(part(publicIPv4), part(publicIPv6))
}

// parseRange reads a CIDR. Host bits may be set; an IPv4 range that is written
// as an IPv6 one (::ffff:0:0/96 and narrower) is the IPv4 range.
func parseRange(cidr string) (ranges, bool) {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return nil, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return ranges{{p.Masked().Addr(), lastOf(p)}}, true
}

// parseRangeOrAddress reads what people declare: a CIDR or one address.
func parseRangeOrAddress(text string) (ranges, bool) {
	if ip, err := netip.ParseAddr(text); err == nil {
		ip = ip.Unmap().WithZone("")
		return ranges{{ip, ip}}, true
	}
	return parseRange(text)
}

func mustRanges(cidrs ...string) ranges {
	var all ranges
	for _, cidr := range cidrs {
		r, ok := parseRange(cidr)
		if !ok {
			panic("actions: " + cidr + " is no range")
		}
		all = append(all, r...)
	}
	return normal(all)
}

func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(bytes); bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// normal sorts spans and joins those that overlap or touch.
func normal(spans []span) ranges {
	slices.SortFunc(spans, func(a, b span) int { return a.first.Compare(b.first) })
	var r ranges
	for _, s := range spans {
		end := len(r) - 1
		switch {
		case end < 0 || r[end].last.Less(s.first) && r[end].last.Next() != s.first:
			r = append(r, s)
		case r[end].last.Less(s.last):
			r[end].last = s.last
		}
	}
	return r
}

func (r ranges) union(o ranges) ranges {
	return normal(slices.Concat(r, o))
}

func (r ranges) intersect(o ranges) ranges {
	var both ranges
	for len(r) > 0 && len(o) > 0 {
		first, last := r[0].first, r[0].last
		if first.Less(o[0].first) {
			first = o[0].first
		}
		if o[0].last.Less(last) {
			last = o[0].last
			o = o[1:]
		} else {
			r = r[1:]
		}
		if !last.Less(first) {
			both = append(both, span{first, last})
		}
	}
	return both
}

func (r ranges) minus(o ranges) ranges {
	var left ranges
	for _, s := range r {
		first, gone := s.first, false
		for len(o) > 0 && o[0].last.Less(first) {
			o = o[1:]
		}
		for _, cut := range o {
			if s.last.Less(cut.first) {
				break
			}
			if first.Less(cut.first) {
				left = append(left, span{first, cut.first.Prev()})
			}
			if gone = !cut.last.Less(s.last); gone {
				break
			}
			first = cut.last.Next()
		}
		if !gone {
			left = append(left, span{first, s.last})
		}
	}
	return left
}

// size counts the addresses.
func (r ranges) size() *big.Int {
	sum, one := new(big.Int), big.NewInt(1)
	for _, s := range r {
		n := new(big.Int).SetBytes(s.last.AsSlice())
		n.Sub(n, new(big.Int).SetBytes(s.first.AsSlice()))
		sum.Add(sum, n.Add(n, one))
	}
	return sum
}
