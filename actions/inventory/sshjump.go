package inventory

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"

	"hardenbot/actions"
)

// maxJumps bounds the hops to one host.
const maxJumps = 8

// jumps returns the hops to a host, first hop first. As in ssh, the first hop
// is reached by its own ProxyJump in turn, the further ones through the hops
// before them. through names the hosts whose way this is part of.
func (c *SSHConfig) jumps(name string, says settings, defaultUser string, through []string) ([]actions.Jump, error) {
	s := says.first("ProxyJump")
	if s.value == "" || strings.EqualFold(s.value, "none") {
		return nil, nil
	}
	texts := strings.Split(s.value, ",")
	if through = append(slices.Clip(through), name); len(through) > maxJumps {
		return nil, c.at(s, "ProxyJump", fmt.Errorf("there are more than %d hosts on the way", maxJumps))
	}
	var hops []actions.Jump
	for i, text := range texts {
		hop, alias, err := c.hop(strings.TrimSpace(text), defaultUser)
		if err != nil {
			return nil, c.at(s, "ProxyJump", err)
		}
		if len(texts) == 1 && strings.EqualFold(alias, name) {
			return nil, nil // ssh, too, goes directly to a host that would be its own jump host
		}
		if slices.Contains(through, alias) {
			return nil, c.at(s, "ProxyJump", fmt.Errorf("the way to %s goes through itself", alias))
		}
		if i == 0 {
			before, err := c.jumps(alias, c.about(alias), defaultUser, through)
			if err != nil {
				return nil, err
			}
			hops = append(hops, before...)
		}
		hops = append(hops, hop)
	}
	return hops, nil
}

// hop parses [user@]host[:port] or ssh://[user@]host[:port] and completes it
// with what the file says about that host, whose name it returns as well.
func (c *SSHConfig) hop(text, defaultUser string) (hop actions.Jump, alias string, err error) {
	text = strings.TrimPrefix(text, "ssh://")
	login, hostport := "", text
	if at := strings.LastIndex(text, "@"); at >= 0 {
		login, hostport = text[:at], text[at+1:]
		if err := CheckUser(login); err != nil {
			return hop, "", err
		}
	}
	alias, port := hostport, 0
	if host, p, err := net.SplitHostPort(hostport); err == nil {
		alias = host
		if port, err = parsePort(p); err != nil {
			return hop, "", err
		}
	}
	alias = strings.Trim(alias, "[]")
	if err := CheckAddress(alias); err != nil {
		return hop, "", err
	}
	says := c.about(alias)
	if hop, err = c.endpoint(alias, says); err != nil {
		return hop, "", err
	}
	hop.User, hop.Port = cmp.Or(login, hop.User, defaultUser), cmp.Or(port, hop.Port)
	hop.Auth, err = c.login(says, alias, hop.Address, hop.User)
	return hop, alias, err
}
