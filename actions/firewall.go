package actions

// Firewall is the host's own packet filter: the chains that packets to the host
// itself go through, and those that send packets elsewhere before. Each rule is
// reduced to what decides on connections from outside. The zero value filters
// nothing.
type Firewall struct {
	Chains    []FirewallChain `json:"chains,omitempty"`    // those with a hook first
	Untracked bool            `json:"untracked,omitempty"` // rules exempt packets from connection tracking
	Unclear   string          `json:"unclear,omitempty"`   // why the chains do not tell what gets in, as a clause
}

// MostFirewallRules and MostFirewallValues bound what is kept of a packet
// filter: rules, and the addresses, ports and names in all of them. Of one that
// has more rules nothing is concluded; a rule that has too many values is not
// understood.
const (
	MostFirewallRules  = 2000
	MostFirewallValues = 4096
)

// FirewallChain is a chain of nftables or of iptables.
type FirewallChain struct {
	Family string         `json:"family"` // "ip", "ip6" or "inet", which is both
	Table  string         `json:"table"`
	Name   string         `json:"name"`
	Hook   string         `json:"hook,omitempty"`   // "input" or "prerouting"; empty if packets only come by a jump
	Policy string         `json:"policy,omitempty"` // with a hook: "accept" or "drop"
	Rules  []FirewallRule `json:"rules,omitempty"`
}

// Words names the chain.
func (c FirewallChain) Words() string { return c.Family + " " + c.Table + " " + c.Name }

// FirewallRule is what a rule asks of a packet, all of it at once, and what it
// does with it.
type FirewallRule struct {
	Family  string        `json:"family,omitempty"`  // "ip" or "ip6", if it is about one of them only
	Proto   FirewallMatch `json:"proto,omitzero"`    // "tcp", or a number
	Ports   FirewallMatch `json:"ports,omitzero"`    // of the destination: "22", "8000-8010"
	From    FirewallMatch `json:"from,omitzero"`     // source: an address, a CIDR, or the first and last address with a dash between
	To      FirewallMatch `json:"to,omitzero"`       // destination, likewise
	In      FirewallMatch `json:"in,omitzero"`       // interface: "eth0", or "wg*" for all that begin so
	State   FirewallMatch `json:"state,omitzero"`    // of the connection: "new", "established", "related", "invalid", "untracked", "dnat"
	Unclear string        `json:"unclear,omitempty"` // what else it asks, which is not understood

	Verdict FirewallVerdict `json:"verdict"`
	Target  string          `json:"target,omitempty"`  // chain of the same table to jump or go to
	ToPort  int             `json:"to_port,omitempty"` // of DNAT: where to; 0 leaves the port, -1 is not understood
}

// FirewallMatch is met by a value that is one of Any, or by all others if Not.
// The zero value is met by everything.
type FirewallMatch struct {
	Not bool     `json:"not,omitempty"`
	Any []string `json:"any"`
}

// FirewallVerdict is what a rule does with a packet.
type FirewallVerdict string

// The verdicts. Other may be any of them.
const (
	FirewallAccept FirewallVerdict = "accept"
	FirewallDrop   FirewallVerdict = "drop" // or reject
	FirewallReturn FirewallVerdict = "return"
	FirewallJump   FirewallVerdict = "jump"
	FirewallGoto   FirewallVerdict = "goto" // a jump that does not come back
	FirewallDNAT   FirewallVerdict = "dnat" // sends it to another address or port
	FirewallOther  FirewallVerdict = "other"
)
