package awsfake

import (
	"fmt"
	"net/netip"
)

// VPC is a virtual private cloud. What AWS makes with it is there too: a main
// route table, a default network ACL and a default security group.
type VPC struct {
	ID      string // vpc-…; given out if empty
	CIDR    string // IPv4
	IPv6    string // CIDR; optional
	Default bool
}

// Subnet is a part of a VPC in one availability zone.
type Subnet struct {
	ID   string // subnet-…; given out if empty
	VPC  string
	CIDR string
	Zone string // the region's zone a if empty
}

// AddVPC adds a VPC and returns its id.
func (p *Place) AddVPC(v VPC) string {
	return p.add("vpc", v.ID, func(s *State, id string) {
		netip.MustParsePrefix(v.CIDR)
		v.ID = id
		s.VPCs[id] = v
		main := RouteTable{ID: p.fake.id("rtb"), VPC: id, Main: true, Routes: []Route{{To: v.CIDR, Gateway: "local"}}}
		s.RouteTables[main.ID] = main
		acl := NetworkACL{ID: p.fake.id("acl"), VPC: id, Default: true, Entries: openEntries()}
		s.NetworkACLs[acl.ID] = acl
		g := SecurityGroup{ID: p.fake.id("sg"), VPC: id, Name: "default", Description: "default VPC security group"}
		p.putGroup(s, g, Rule{Proto: "-1", Source: g.ID})
	})
}

// AddSubnet adds a subnet with the VPC's main route table and default network
// ACL, and returns its id.
func (p *Place) AddSubnet(n Subnet) string {
	return p.add("subnet", n.ID, func(s *State, id string) {
		known(s.VPCs, "VPC", n.VPC)
		netip.MustParsePrefix(n.CIDR)
		n.ID = id
		if n.Zone == "" {
			n.Zone = p.region + "a"
		}
		s.Subnets[id] = n
	})
}

// free returns the subnet's first address that no interface has. AWS keeps the
// first four of each subnet to itself.
func (s *State) free(subnet string) string {
	prefix := netip.MustParsePrefix(s.Subnets[subnet].CIDR).Masked()
	taken := map[string]bool{}
	for _, eni := range s.Interfaces {
		for _, a := range eni.Private {
			taken[a] = eni.Subnet == subnet || taken[a]
		}
	}
	ip := prefix.Addr()
	for i := 0; prefix.Contains(ip); i++ {
		if i >= 4 && !taken[ip.String()] {
			return ip.String()
		}
		ip = ip.Next()
	}
	panic(fmt.Sprintf("awsfake: subnet %s has no address left", subnet))
}
