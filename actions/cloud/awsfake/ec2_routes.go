package awsfake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// RouteTable says where the packets of some subnets go.
type RouteTable struct {
	ID      string // rtb-…; given out if empty
	VPC     string
	Main    bool     // of the subnets that no other table names
	Subnets []string // its own
	Routes  []Route
	Tags    map[string]string
}

// Route leads to a gateway.
type Route struct {
	To         string // CIDR, IPv4 or IPv6, or a prefix list's id
	Gateway    string // "local", igw-…, vpce-…, nat-…
	Blackholed bool   // the gateway is gone
}

// AddRouteTable adds a table of subnets of its own, and returns its id.
func (p *Place) AddRouteTable(t RouteTable) string {
	return p.add("rtb", t.ID, func(s *State, id string) {
		vpc := known(s.VPCs, "VPC", t.VPC)
		t.ID = id
		t.Routes = append([]Route{{To: vpc.CIDR, Gateway: "local"}}, t.Routes...)
		for _, subnet := range t.Subnets {
			known(s.Subnets, "subnet", subnet)
		}
		s.RouteTables[id] = t
	})
}

// Online gives the subnet a route table with an internet gateway, for IPv4 and
// where the VPC has it for IPv6, and returns the gateway's id.
func (p *Place) Online(subnet string) string {
	var vpc VPC
	var gateway string
	p.Update(func(s *State) {
		vpc = s.VPCs[known(s.Subnets, "subnet", subnet).VPC]
		gateway = p.fake.id("igw")
	})
	routes := []Route{{To: "0.0.0.0/0", Gateway: gateway}}
	if vpc.IPv6 != "" {
		routes = append(routes, Route{To: "::/0", Gateway: gateway})
	}
	p.AddRouteTable(RouteTable{VPC: vpc.ID, Subnets: []string{subnet}, Routes: routes})
	return gateway
}

var routeTables = kind[RouteTable]{
	param: "RouteTableId", prefix: "rtb", noun: "routeTable ID", max: 100,
	malformed: "InvalidRouteTableId.Malformed", notFound: "InvalidRouteTableID.NotFound",
	id:   func(t RouteTable) string { return t.ID },
	tags: func(t RouteTable) map[string]string { return t.Tags },
	filters: map[string]func(*State, RouteTable) []string{
		"vpc-id":                func(_ *State, t RouteTable) []string { return []string{t.VPC} },
		"route-table-id":        func(_ *State, t RouteTable) []string { return []string{t.ID} },
		"association.subnet-id": func(_ *State, t RouteTable) []string { return t.Subnets },
		"association.main":      func(_ *State, t RouteTable) []string { return []string{strconv.FormatBool(t.Main)} },
	},
}

func describeRouteTables(r *request) (any, error) {
	list, next, err := routeTables.describe(r, sorted(r.RouteTables))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(t RouteTable) fields {
		return fields{
			{"routeTableId", t.ID}, {"vpcId", t.VPC}, {"ownerId", r.caller.account},
			{"routeSet", items[fields]{each(t.Routes, Route.wire)}},
			{"associationSet", items[fields]{t.associations()}}, {"tagSet", tagSet(t.Tags)},
		}
	})
	return fields{{"routeTableSet", items[fields]{wire}}, {"nextToken", next}}, nil
}

func (t RouteTable) associations() (list []fields) {
	number := strings.TrimPrefix(t.ID, "rtb-")
	made := field{"associationState", fields{{"state", "associated"}}}
	if t.Main {
		list = append(list, fields{{"routeTableAssociationId", "rtbassoc-" + number}, {"routeTableId", t.ID}, {"main", true}, made})
	}
	for _, subnet := range slices.Sorted(slices.Values(t.Subnets)) {
		number = strings.TrimPrefix(subnet, "subnet-")
		list = append(list, fields{
			{"routeTableAssociationId", "rtbassoc-" + number}, {"routeTableId", t.ID}, {"subnetId", subnet}, {"main", false}, made,
		})
	}
	return list
}

func (t Route) wire() fields {
	to := "destinationCidrBlock"
	switch {
	case strings.HasPrefix(t.To, "pl-"):
		to = "destinationPrefixListId"
	case strings.Contains(t.To, ":"):
		to = "destinationIpv6CidrBlock"
	}
	gateway, origin, state := "gatewayId", "CreateRoute", "active"
	if strings.HasPrefix(t.Gateway, "nat-") {
		gateway = "natGatewayId"
	}
	if t.Gateway == "local" {
		origin = "CreateRouteTable"
	}
	if t.Blackholed {
		state = "blackhole"
	}
	return fields{{to, t.To}, {gateway, cmp.Or(t.Gateway, "local")}, {"state", state}, {"origin", origin}}
}
