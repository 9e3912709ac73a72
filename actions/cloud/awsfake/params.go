package awsfake

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// params are the parameters of a query request: "Filter.1.Value.2". They
// remember which of them were read, so that none is ignored.
type params struct {
	values  map[string]string
	inner   map[string]bool // "Filter", "Filter.1", "Filter.1.Value"
	read    map[string]bool
	problem error // the first that cannot be read
}

func newParams(form url.Values) *params {
	p := &params{values: map[string]string{}, inner: map[string]bool{}, read: map[string]bool{}}
	for key, values := range form {
		p.values[key] = values[0]
		for i := range key {
			if key[i] == '.' {
				p.inner[key[:i]] = true
			}
		}
	}
	return p
}

func (p *params) all() map[string]string { return maps.Clone(p.values) }

// text returns a parameter, empty if it is absent.
func (p *params) text(key string) string {
	p.read[key] = true
	return p.values[key]
}

func (p *params) has(key string) bool {
	_, ok := p.values[key]
	return ok
}

// texts returns the list under a key: "InstanceId.1", "InstanceId.2".
func (p *params) texts(key string) (list []string) {
	p.read[key] = true // an empty list is sent as the key alone
	for i := 1; p.has(fmt.Sprintf("%s.%d", key, i)); i++ {
		list = append(list, p.text(fmt.Sprintf("%s.%d", key, i)))
	}
	return list
}

// parts returns the prefixes of a list of structures: "Filter.1.", "Filter.2.".
func (p *params) parts(key string) (list []string) {
	p.read[key] = true
	for i := 1; p.inner[fmt.Sprintf("%s.%d", key, i)]; i++ {
		list = append(list, fmt.Sprintf("%s.%d.", key, i))
	}
	return list
}

// number returns an integer, nil if it is absent.
func (p *params) number(key string) *int {
	text := p.text(key)
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		p.refuse("Value (%.40s) for parameter %s is invalid. It must be an integer.", text, key)
	}
	v := int(n)
	return &v
}

// flag returns a truth value, or what it is if absent.
func (p *params) flag(key string, absent bool) bool {
	switch text := p.text(key); text {
	case "":
		return absent
	case "true", "false":
		return text == "true"
	default:
		p.refuse("Value (%.40s) for parameter %s is invalid. It must be true or false.", text, key)
		return absent
	}
}

func (p *params) refuse(format string, args ...any) {
	if p.problem == nil {
		p.problem = invalid(format, args...)
	}
}

// unread returns the parameters that no action asked for, sorted.
func (p *params) unread() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for key := range p.values {
			if !p.read[key] && !yield(key) {
				return
			}
		}
	})
}

// tags returns the tags under a prefix: "Tag.1.Key", "Tag.1.Value".
func (p *params) tags(key string) map[string]string {
	tags := map[string]string{}
	for _, part := range p.parts(key) {
		name := p.text(part + "Key")
		switch {
		case name == "" || len([]rune(name)) > 128:
			p.refuse("Tag keys must be 1 to 128 characters long.")
		case strings.HasPrefix(strings.ToLower(name), "aws:"):
			p.refuse("Tag keys starting with 'aws:' are reserved for internal use")
		}
		if tags[name] = p.text(part + "Value"); len([]rune(tags[name])) > 256 {
			p.refuse("Tag values must be at most 256 characters long.")
		}
	}
	return tags
}

// orElse is the number, or what it is if absent.
func orElse(n *int, absent int) int {
	if n == nil {
		return absent
	}
	return *n
}
