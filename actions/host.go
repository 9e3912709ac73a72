package actions

import (
	"net/netip"
	"time"
)

// Host is one server as the inventory and the configuration describe it.
type Host struct {
	Name    string   `json:"name"`
	Address string   `json:"address"` // name or IP address to dial
	Port    int      `json:"port"`    // of sshd
	User    string   `json:"user"`    // that the bot logs in as
	Groups  []string `json:"groups,omitempty"`
	Public  bool     `json:"public"` // has a public address
	Route   Route    `json:"route,omitzero"`

	// Instance is the EC2 instance that the host was made from: i-…; empty for a
	// host that the configuration names.
	Instance string `json:"instance,omitempty"`

	Transport string `json:"transport,omitempty"` // how it is reached: SSH if empty, or TransportSSM

	Declared Declared `json:"declared"`
}

// TransportSSM is AWS Systems Manager: its agent on the host runs what is sent
// to it, as root. Nobody logs in.
const TransportSSM = "ssm"

// Route is how SSH gets to a host beyond address, port and user, where the
// user's ssh_config(5) says something about it.
type Route struct {
	Jumps []Jump `json:"jumps,omitempty"` // ProxyJump, first hop first
	Auth
}

// Jump is a host to go through. It authenticates by itself: the keys of the host
// behind it are not offered to it.
type Jump struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	User    string `json:"user"`
	Auth
}

// Auth is what one SSH server is logged in to with, and known by.
type Auth struct {
	Identities   []string `json:"identities,omitempty"`     // IdentityFile, tried before the configured one
	Certificates []string `json:"certificates,omitempty"`   // CertificateFile
	HostKeyAlias string   `json:"host_key_alias,omitempty"` // looked up in known_hosts instead of the address
}

// Declared is what the configuration says a host should be like. It travels
// with the host so that checks and plans stay pure functions of the facts.
type Declared struct {
	Ports    Ports         `json:"ports"`
	Health   []HealthCheck `json:"health,omitempty"`
	Trusted  []string      `json:"trusted,omitempty"`  // addresses or CIDRs that must never be banned: bastions, offices
	Rotation string        `json:"rotation,omitempty"` // which of the Drivers takes the host out of rotation: "aws", "haproxy", "none"; none if empty
	Console  string        `json:"console,omitempty"`  // a way in that needs no network of the host, in words: "IPMI at bmc-1"

	Networks     Networks `json:"networks,omitzero"`
	MaxAuthTries int      `json:"max_auth_tries,omitempty"` // of sshd, 1 to 10; 0 for the catalogue's own
}

// Ports lists the TCP and UDP port numbers that may be reached, by from where.
type Ports struct {
	Known    bool  `json:"known"` // whether any declaration covers the host
	Internet []int `json:"internet,omitempty"`
	Internal []int `json:"internal,omitempty"`
	Host     []int `json:"host,omitempty"`
}

// HealthCheck is made on the host itself, and is one of three: a request that
// passes when URL answers with Status, a TCP connection that passes when it is
// accepted, a command that passes when it ends with status 0; each within
// Timeout.
type HealthCheck struct {
	URL     string        `json:"url,omitempty"`
	Status  int           `json:"status,omitempty"` // of URL; 200 if left out of the configuration
	TCP     string        `json:"tcp,omitempty"`    // address and port: "127.0.0.1:3306"
	Command []string      `json:"command,omitempty"`
	Timeout time.Duration `json:"timeout"` // 5 s if left out
}

// PublicAddress reports whether address is an IP address that is routed on the
// internet: neither private (RFC 1918, RFC 4193), loopback nor link-local.
func PublicAddress(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate()
}
