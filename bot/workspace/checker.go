package workspace

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// surface is where blocks appear.
type surface int

const (
	inMessage surface = iota
	inModal
	inHome
)

// checker walks blocks and collects what is wrong, each with a JSON pointer, in
// the words that Slack uses where they are known. It gives blocks and elements the
// IDs that they lack, as Slack does.
type checker struct {
	surface  surface
	problems []string
	blockIDs map[string]bool
	markdown int // characters in markdown blocks so far
	tables   int
	newID    func() string
}

func (c *checker) fail(at, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("[ERROR] %s [json-pointer:%s]", fmt.Sprintf(format, args...), at))
}

// object returns v as an object whose properties are all known. The two lists
// are separated by blanks.
func (c *checker) object(v any, at, required, optional string) object {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "must be an object")
		return nil
	}
	must, may := strings.Fields(required), strings.Fields(optional)
	for _, name := range must {
		if _, ok := o[name]; !ok {
			c.fail(at, "missing required field: %s", name)
		}
	}
	for name := range o {
		if !slices.Contains(must, name) && !slices.Contains(may, name) {
			c.fail(at, "invalid additional property: %s", name)
		}
	}
	return o
}

// str checks a text property, if it is there.
func (c *checker) str(o object, name, at string, least, most int) string {
	v, ok := o[name]
	if !ok {
		return ""
	}
	at += "/" + name
	s, ok := v.(string)
	if !ok {
		c.fail(at, "must be a string")
		return ""
	}
	c.length(s, at, least, most)
	return s
}

func (c *checker) length(s, at string, least, most int) {
	n := utf8.RuneCountInString(s)
	if n < least {
		c.fail(at, "must be more than %d characters", least-1)
	}
	if n > most {
		c.fail(at, "must be less than %d characters", most+1)
	}
}

// list checks the number of items of a list, if it is there.
func (c *checker) list(o object, name, at string, least, most int) []any {
	v, ok := o[name]
	if !ok {
		return nil
	}
	at += "/" + name
	items, ok := v.([]any)
	if !ok {
		c.fail(at, "must be an array")
		return nil
	}
	c.count(len(items), at, least, most)
	return items
}

func (c *checker) count(n int, at string, least, most int) {
	if n < least {
		c.fail(at, "no fewer than %d items allowed", least)
	}
	if n > most {
		c.fail(at, "no more than %d items allowed", most)
	}
}

// oneOf checks a text property against the values that exist, if it is there.
func (c *checker) oneOf(o object, name, at string, values ...string) {
	v, ok := o[name]
	if !ok {
		return
	}
	if s, ok := v.(string); !ok || !slices.Contains(values, s) {
		c.fail(at+"/"+name, "must be a valid enum value")
	}
}

func (c *checker) boolean(o object, at string, names ...string) {
	for _, name := range names {
		if v, ok := o[name]; ok {
			if _, ok := v.(bool); !ok {
				c.fail(at+"/"+name, "must be a boolean")
			}
		}
	}
}

// id checks an ID and makes one if there is none.
func (c *checker) id(o object, name, at string, most int, seen map[string]bool) {
	if s, ok := o[name].(string); !ok && o[name] == nil || ok && s == "" {
		o[name] = c.newID()
	}
	id := c.str(o, name, at, 1, most)
	if seen[id] {
		c.fail(at+"/"+name, "`%s` %q already exists", name, id)
	}
	seen[id] = true
}

// kind returns the type property.
func kind(v any) string {
	o, _ := v.(object)
	s, _ := o["type"].(string)
	return s
}
