package awsfake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Interface is an elastic network interface.
type Interface struct {
	ID          string // eni-…; given out if empty
	Subnet      string
	Description string
	Private     []string // IPv4, the primary one first; a free one of the subnet if empty
	Public      []string // IPv4 that the internet sees for the private one at the same place; "" for none
	IPv6        []string
	Groups      []string // the VPC's default one if empty
	Instance    string   // that it is attached to; empty for none
	Device      int      // index on the instance
	Managed     bool     // by another service, such as a load balancer
	Tags        map[string]string
}

// AddInterface adds a network interface, attached if it names an instance, and
// returns its id.
func (p *Place) AddInterface(n Interface) (id string) {
	p.Update(func(s *State) { id = p.putInterface(s, n) })
	return id
}

func (p *Place) putInterface(s *State, n Interface) string {
	vpc := known(s.Subnets, "subnet", n.Subnet).VPC
	if n.ID == "" {
		n.ID = p.fake.id("eni")
	}
	if len(n.Private) == 0 {
		n.Private = []string{s.free(n.Subnet)}
	}
	if len(n.Groups) == 0 {
		n.Groups = each(keep(sorted(s.Groups), func(g SecurityGroup) bool { return g.VPC == vpc && g.Name == "default" }),
			func(g SecurityGroup) string { return g.ID })
	}
	for _, g := range n.Groups {
		known(s.Groups, "security group", g)
	}
	if n.Instance != "" {
		known(s.Instances, "instance", n.Instance)
	}
	s.Interfaces[n.ID] = n
	return n.ID
}

// interfacesOf returns the instance's interfaces in order of their devices.
func (s *State) interfacesOf(instance string) []Interface {
	own := keep(sorted(s.Interfaces), func(n Interface) bool { return n.Instance == instance })
	slices.SortStableFunc(own, func(a, b Interface) int { return cmp.Compare(a.Device, b.Device) })
	return own
}

func (n Interface) status() string {
	if n.Instance == "" && !n.Managed {
		return "available"
	}
	return "in-use"
}

// seen returns the public address for the private one at an index.
func (n Interface) seen(i int) string {
	if i < len(n.Public) {
		return n.Public[i]
	}
	return ""
}

var interfaces = kind[Interface]{
	param: "NetworkInterfaceId", prefix: "eni", noun: "networkInterface ID", max: 1000, alone: true,
	malformed: "InvalidNetworkInterfaceId.Malformed", notFound: "InvalidNetworkInterfaceID.NotFound",
	id:   func(n Interface) string { return n.ID },
	tags: func(n Interface) map[string]string { return n.Tags },
	filters: map[string]func(*State, Interface) []string{
		"network-interface-id":         func(_ *State, n Interface) []string { return []string{n.ID} },
		"subnet-id":                    func(_ *State, n Interface) []string { return []string{n.Subnet} },
		"vpc-id":                       func(s *State, n Interface) []string { return []string{s.Subnets[n.Subnet].VPC} },
		"availability-zone":            func(s *State, n Interface) []string { return []string{s.Subnets[n.Subnet].Zone} },
		"group-id":                     func(_ *State, n Interface) []string { return n.Groups },
		"attachment.instance-id":       func(_ *State, n Interface) []string { return []string{n.Instance} },
		"description":                  func(_ *State, n Interface) []string { return []string{n.Description} },
		"status":                       func(_ *State, n Interface) []string { return []string{n.status()} },
		"requester-managed":            func(_ *State, n Interface) []string { return []string{strconv.FormatBool(n.Managed)} },
		"private-ip-address":           func(_ *State, n Interface) []string { return n.Private[:1] },
		"addresses.private-ip-address": func(_ *State, n Interface) []string { return n.Private },
		"association.public-ip":        func(_ *State, n Interface) []string { return n.Public },
		"ipv6-addresses.ipv6-address":  func(_ *State, n Interface) []string { return n.IPv6 },
	},
}

func describeInterfaces(r *request) (any, error) {
	list, next, err := interfaces.describe(r, sorted(r.Interfaces))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(n Interface) fields {
		f := append(r.face(n), field{"availabilityZone", r.Subnets[n.Subnet].Zone}, field{"requesterManaged", n.Managed}, field{"tagSet", tagSet(n.Tags)})
		if n.Instance != "" {
			f = append(f, field{"attachment", append(n.attachment(), field{"instanceId", n.Instance}, field{"instanceOwnerId", r.caller.account})})
		}
		return f
	})
	return fields{{"networkInterfaceSet", items[fields]{wire}}, {"nextToken", next}}, nil
}

// face is what DescribeNetworkInterfaces and DescribeInstances both tell.
func (r *request) face(n Interface) fields {
	addresses := make([]fields, len(n.Private))
	for i, a := range n.Private {
		addresses[i] = append(fields{{"privateIpAddress", a}, {"primary", i == 0}}, association(n.seen(i))...)
	}
	v6 := each(n.IPv6, func(a string) fields { return fields{{"ipv6Address", a}} })
	return append(fields{
		{"networkInterfaceId", n.ID}, {"subnetId", n.Subnet}, {"vpcId", r.Subnets[n.Subnet].VPC}, {"ownerId", r.caller.account},
		{"description", n.Description}, {"status", n.status()}, {"interfaceType", "interface"}, {"sourceDestCheck", true},
		{"privateIpAddress", n.Private[0]}, {"groupSet", r.groupSet(n.Groups)},
		{"privateIpAddressesSet", items[fields]{addresses}}, {"ipv6AddressesSet", items[fields]{v6}},
	}, association(n.seen(0))...)
}

func association(public string) fields {
	if public == "" {
		return nil
	}
	return fields{{"association", fields{{"publicIp", public}, {"ipOwnerId", "amazon"}}}}
}

func (n Interface) attachment() fields {
	return fields{
		{"attachmentId", "eni-attach-" + strings.TrimPrefix(n.ID, "eni-")}, {"deviceIndex", n.Device},
		{"status", "attached"}, {"deleteOnTermination", n.Device == 0},
	}
}

func (r *request) groupSet(ids []string) items[fields] {
	return items[fields]{each(ids, func(id string) fields { return fields{{"groupId", id}, {"groupName", r.Groups[id].Name}} })}
}
