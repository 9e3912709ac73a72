package awsfake

import (
	"slices"
	"strconv"
	"strings"
)

// NetworkACL filters what comes into and leaves some subnets.
type NetworkACL struct {
	ID      string // acl-…; given out if empty
	VPC     string
	Default bool     // of the subnets that no other names
	Subnets []string // its own
	Entries []ACLEntry
	Tags    map[string]string
}

// ACLEntry is an entry of a network ACL. The lowest number that fits decides.
type ACLEntry struct {
	Number   int // 1 to 32766; 32767 is AWS's own last
	Egress   bool
	Allow    bool
	Proto    string // a protocol number, or "-1" for all
	CIDR     string // IPv4 or IPv6
	From, To int    // ports of TCP and UDP
}

// openEntries let everything pass, as a default network ACL does.
func openEntries() []ACLEntry {
	return []ACLEntry{
		{Number: 100, Egress: true, Allow: true, Proto: "-1", CIDR: "0.0.0.0/0"},
		{Number: 32767, Egress: true, Proto: "-1", CIDR: "0.0.0.0/0"},
		{Number: 100, Allow: true, Proto: "-1", CIDR: "0.0.0.0/0"},
		{Number: 32767, Proto: "-1", CIDR: "0.0.0.0/0"},
	}
}

// AddNetworkACL adds a network ACL that ends with AWS's own denial, and returns
// its id.
func (p *Place) AddNetworkACL(a NetworkACL) string {
	return p.add("acl", a.ID, func(s *State, id string) {
		known(s.VPCs, "VPC", a.VPC)
		for _, subnet := range a.Subnets {
			known(s.Subnets, "subnet", subnet)
		}
		a.ID = id
		a.Entries = append(slices.Clone(a.Entries),
			ACLEntry{Number: 32767, Egress: true, Proto: "-1", CIDR: "0.0.0.0/0"}, ACLEntry{Number: 32767, Proto: "-1", CIDR: "0.0.0.0/0"})
		s.NetworkACLs[id] = a
	})
}

// subnetsOf returns the subnets that the ACL filters. Those that none names are
// the default one's.
func (s *State) subnetsOf(a NetworkACL) (list []string) {
	named := map[string]string{}
	for _, acl := range s.NetworkACLs {
		for _, subnet := range acl.Subnets {
			named[subnet] = acl.ID
		}
	}
	for _, n := range sorted(s.Subnets) {
		if own := named[n.ID]; own == a.ID || own == "" && a.Default && n.VPC == a.VPC {
			list = append(list, n.ID)
		}
	}
	return list
}

var networkACLs = kind[NetworkACL]{
	param: "NetworkAclId", prefix: "acl", noun: "networkAcl ID", max: 1000,
	malformed: "InvalidNetworkAclId.Malformed", notFound: "InvalidNetworkAclID.NotFound",
	id:   func(a NetworkACL) string { return a.ID },
	tags: func(a NetworkACL) map[string]string { return a.Tags },
	filters: map[string]func(*State, NetworkACL) []string{
		"vpc-id":                func(_ *State, a NetworkACL) []string { return []string{a.VPC} },
		"network-acl-id":        func(_ *State, a NetworkACL) []string { return []string{a.ID} },
		"default":               func(_ *State, a NetworkACL) []string { return []string{strconv.FormatBool(a.Default)} },
		"association.subnet-id": (*State).subnetsOf,
	},
}

func describeNetworkACLs(r *request) (any, error) {
	list, next, err := networkACLs.describe(r, sorted(r.NetworkACLs))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(a NetworkACL) fields {
		return fields{
			{"networkAclId", a.ID}, {"vpcId", a.VPC}, {"default", a.Default}, {"ownerId", r.caller.account},
			{"entrySet", items[fields]{each(a.Entries, ACLEntry.wire)}},
			{"associationSet", items[fields]{each(r.subnetsOf(a), a.association)}}, {"tagSet", tagSet(a.Tags)},
		}
	})
	return fields{{"networkAclSet", items[fields]{wire}}, {"nextToken", next}}, nil
}

func (a NetworkACL) association(subnet string) fields {
	number := strings.TrimPrefix(subnet, "subnet-")
	return fields{{"networkAclAssociationId", "aclassoc-" + number}, {"networkAclId", a.ID}, {"subnetId", subnet}}
}

func (e ACLEntry) wire() fields {
	action, cidr := "deny", "cidrBlock"
	if e.Allow {
		action = "allow"
	}
	if strings.Contains(e.CIDR, ":") {
		cidr = "ipv6CidrBlock"
	}
	f := fields{{"ruleNumber", e.Number}, {"protocol", e.Proto}, {"ruleAction", action}, {"egress", e.Egress}, {cidr, e.CIDR}}
	if e.Proto == "6" || e.Proto == "17" {
		f = append(f, field{"portRange", fields{{"from", e.From}, {"to", e.To}}})
	}
	return f
}
