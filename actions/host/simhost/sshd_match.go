package simhost

import (
	"path"
	"slices"
	"strings"
)

// sshdPeer is a connection as Match blocks see it. The zero value is none.
type sshdPeer struct{ user, host, addr, laddr, lport string }

// settings is what counts, a keyword and its values, for a connection.
type settings struct {
	order  []string
	values map[string][]string
}

func (s settings) get(keyword string) string {
	if v := s.values[keyword]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// effective applies the lines that hold for the connection: the first value
// counts, but for lists.
func (h *Host) effective(lines []sshdLine, peer sshdPeer) settings {
	s := settings{values: map[string][]string{}}
	for _, l := range lines {
		if l.match != nil && !h.matches(l.match, peer) {
			continue
		}
		switch {
		case has(sshdWordLists, l.keyword):
			s.values[l.keyword] = append(s.values[l.keyword], strings.Fields(l.value)...)
		case len(s.values[l.keyword]) == 0 || has(sshdLists, l.keyword):
			s.values[l.keyword] = append(s.values[l.keyword], l.value)
		}
	}
	usual := map[string]bool{}
	for line := range strings.Lines(sshdDefaults) {
		keyword, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.Contains(s.order, keyword) {
			s.order = append(s.order, keyword)
			usual[keyword] = len(s.values[keyword]) == 0
		}
		if usual[keyword] {
			s.values[keyword] = append(s.values[keyword], value)
		}
	}
	for _, keyword := range sshdMore {
		if len(s.values[keyword]) > 0 {
			s.order = append(s.order, keyword)
		}
	}
	// sshd -T says it in the old way.
	if s.get("permitrootlogin") == "prohibit-password" {
		s.values["permitrootlogin"] = []string{"without-password"}
	}
	return s
}

func (h *Host) matches(criteria []string, peer sshdPeer) bool {
	for i := 0; i < len(criteria); i += 2 {
		kind := strings.ToLower(criteria[i])
		if kind == "all" {
			i--
			continue
		}
		if i+1 == len(criteria) {
			return false
		}
		var is []string
		switch kind {
		case "user":
			is = []string{peer.user}
		case "group":
			if e := h.entry("passwd", peer.user); len(e) > 3 {
				is = []string{h.groupOf(count(e[3], -1))}
			}
		case "host":
			is = []string{peer.host}
		case "address":
			is = []string{peer.addr}
		case "localaddress":
			is = []string{peer.laddr}
		case "localport":
			is = []string{peer.lport}
		}
		if !anyMatches(strings.Split(criteria[i+1], ","), is) {
			return false
		}
	}
	return true
}

// anyMatches applies a list of patterns of ssh_config(5); one with an
// exclamation mark refuses.
func anyMatches(patterns, names []string) bool {
	found := false
	for _, p := range patterns {
		p, not := strings.CutPrefix(p, "!")
		for _, name := range names {
			if ok, _ := path.Match(p, name); ok && name != "" {
				if not {
					return false
				}
				found = true
			}
		}
	}
	return found
}
