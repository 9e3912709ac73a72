package inventory

import (
	"path"
	"slices"
	"strings"

	"github.com/kevinburke/ssh_config"
)

// block is a Host line with what stands under it.
type block struct {
	patterns []hostPattern
	nodes    []ssh_config.Node
}

// hostPattern is one pattern of a Host line. It is matched here because the
// library lets a question mark stand for no character as well, which ssh does
// not.
type hostPattern struct {
	glob    string // for path.Match
	negated bool
}

func (p hostPattern) literal() bool { return !p.negated && !strings.ContainsAny(p.glob, `*?[\`) }

// globEscaper takes the meaning from what path.Match knows and ssh does not.
var globEscaper = strings.NewReplacer(`\`, `\\`, `[`, `\[`)

func blocks(parsed []*ssh_config.Host) []block {
	all := make([]block, len(parsed))
	for i, h := range parsed {
		all[i].nodes = h.Nodes
		for _, p := range h.Patterns {
			glob, negated := strings.CutPrefix(p.String(), "!")
			all[i].patterns = append(all[i].patterns, hostPattern{globEscaper.Replace(glob), negated})
		}
	}
	return all
}

func (b block) covers(host string) bool {
	found := false
	for _, p := range b.patterns {
		fits, _ := path.Match(p.glob, host) // nothing is left in it that could be malformed
		if fits && p.negated {
			return false
		}
		found = found || fits
	}
	return found
}

// Names returns the names that stand in Host lines without a wildcard, each
// once, in the order of the file.
func (c *SSHConfig) Names() []string {
	if c == nil {
		return nil
	}
	var names []string
	seen := map[string]bool{}
	for _, b := range c.blocks {
		for _, p := range b.patterns {
			if p.literal() && !seen[p.glob] {
				seen[p.glob] = true
				names = append(names, p.glob)
			}
		}
	}
	return names
}

// settings is what the file says about one host: by keyword in lower case,
// each value in the order of the file.
type settings map[string][]setting

// setting is a value and the line where it stands.
type setting struct {
	value string
	line  int
}

// first returns the value that counts where ssh takes only one.
func (s settings) first(keyword string) setting {
	if list := s[strings.ToLower(keyword)]; len(list) > 0 {
		return list[0]
	}
	return setting{}
}

func (s settings) all(keyword string) []setting { return slices.Clone(s[strings.ToLower(keyword)]) }

// about collects what the file says about the host.
func (c *SSHConfig) about(host string) settings {
	found := settings{}
	if c == nil {
		return found
	}
	for _, b := range c.blocks {
		if !b.covers(host) {
			continue
		}
		for _, node := range b.nodes {
			if kv, ok := node.(*ssh_config.KV); ok {
				key := strings.ToLower(kv.Key)
				found[key] = append(found[key], setting{kv.Value, kv.Pos().Line})
			}
		}
	}
	return found
}
