package actions

import "time"

// Cloud is what the provider's API says about a host, in the terms of AWS: the
// instance, its network interfaces with all that decides who reaches them, and
// the load balancers before it. Where the API did not answer in full it is
// absent (SectionCloud); a host that is known to be no instance has none.
type Cloud struct {
	Instance   string    `json:"instance"` // i-0123456789abcdef0
	Account    string    `json:"account"`
	Region     string    `json:"region"`
	State      string    `json:"state"` // EC2's: "running", "stopped", "terminated", …
	Described  time.Time `json:"described"`
	MetadataV1 bool      `json:"metadata_v1"` // instance metadata answers without a token

	// The other ways in. Where the API did not tell one, Unread has why, by
	// the field's JSON name.
	Agent   string            `json:"agent,omitempty"` // what Systems Manager says of its agent: "Online", "ConnectionLost", "Inactive"; empty if it knows none
	Console bool              `json:"console"`         // the EC2 serial console is enabled for the account in the region
	Unread  map[string]string `json:"unread,omitempty"`

	Interfaces []Interface `json:"interfaces"`
	Balancers  []Balancer  `json:"balancers,omitempty"`

	Unused []SecurityGroup `json:"unused,omitempty"` // groups of the instance's network that nothing carries and no rule refers to
}

// Interface is an elastic network interface.
type Interface struct {
	ID       string          `json:"id"`
	Subnet   string          `json:"subnet"`
	Private  []string        `json:"private"`          // IPv4 addresses
	Public   []string        `json:"public,omitempty"` // IPv4 addresses that the internet sees for them
	IPv6     []string        `json:"ipv6,omitempty"`
	Gateway4 bool            `json:"gateway4"` // the subnet routes 0.0.0.0/0 to an internet gateway
	Gateway6 bool            `json:"gateway6"` // likewise ::/0
	ACL      []ACL           `json:"acl"`      // inbound entries of the subnet's network ACL, by number
	Groups   []SecurityGroup `json:"groups"`
}

// ACL is an inbound entry of a network ACL. The first that matches decides.
type ACL struct {
	Number int    `json:"number"`
	Allow  bool   `json:"allow"`
	Proto  string `json:"proto"` // "tcp", "udp", "icmp", a number, or "-1" for all
	From   int    `json:"from"`  // ports; 0 to 65535 where all are meant
	To     int    `json:"to"`
	CIDR   string `json:"cidr"` // IPv4 or IPv6
}

// SecurityGroup is a security group with its ingress rules.
type SecurityGroup struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Rules []IngressRule `json:"rules"`
	Users []string      `json:"users,omitempty"` // what else it serves: interfaces, load balancers, groups that refer to it, as "eni-… (web-2)"
}

// IngressRule is one rule by its own id. Exactly one of CIDR, PrefixList and
// Source says whom it lets in.
type IngressRule struct {
	ID          string            `json:"id"`    // sgr-…
	Group       string            `json:"group"` // sg-…
	Proto       string            `json:"proto"` // "tcp", "udp", "icmp", "icmpv6", a number, or "-1" for all
	From        int               `json:"from"`  // ports; 0 to 65535 where all are meant
	To          int               `json:"to"`
	CIDR        string            `json:"cidr,omitempty"`        // IPv4 or IPv6
	PrefixList  string            `json:"prefix_list,omitempty"` // pl-…
	Prefixes    []string          `json:"prefixes,omitempty"`    // the list's entries
	Source      string            `json:"source,omitempty"`      // group whose members are let in
	Description string            `json:"description,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// Balancer is a load balancer that has the host among its targets.
type Balancer struct {
	ARN      string          `json:"arn"`
	Name     string          `json:"name"`
	Internet bool            `json:"internet"`          // its scheme is internet-facing
	Groups   []SecurityGroup `json:"groups"`            // none for a network load balancer without
	Private  []string        `json:"private,omitempty"` // IPv4 and IPv6 addresses that it comes from, as far as they are known
	Ports    []int           `json:"ports"`             // it listens on
	Targets  []Target        `json:"targets"`
}

// Target is the host's place in a target group.
type Target struct {
	Group string `json:"group"` // ARN
	Port  int    `json:"port"`  // on the host
	State string `json:"state"` // "healthy", "unhealthy", "draining", "unused", …

	HealthPort int `json:"health_port,omitempty"` // on the host, where health checks go to another one than Port
}

// Ports returns the ports on the host that the balancer has to get to.
func (t Target) Ports() []int {
	if t.HealthPort == 0 || t.HealthPort == t.Port {
		return []int{t.Port}
	}
	return []int{t.Port, t.HealthPort}
}

// Networks says which addresses are whose. It travels with Declared.
type Networks struct {
	Internal []string `json:"internal,omitempty"` // CIDRs from where internal ports may be reached; the private ranges if empty
}
