package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// into reads one node into the place that it was made for.
type into func(ast.Node)

// mapping reads a mapping whose keys are the given ones.
func (d *document) mapping(keys map[string]into) into {
	return func(n ast.Node) {
		for _, e := range d.entries(n) {
			key := keyOf(e)
			read, known := keys[key]
			switch {
			case !known && slices.Contains(secretKeys, key):
				d.problem(line(e.Key), "secrets do not belong into this file: remove %s and set one of %s", key, strings.Join(secretNames, ", "))
			case !known:
				d.problem(line(e.Key), "%q is not a key here: there are %s", printable(key, 60), strings.Join(sortedKeys(keys), ", "))
			default:
				outer := d.key
				d.key = key
				read(e.Value)
				d.key = outer
			}
		}
	}
}

// keyOf is the key of one of the entries.
func keyOf(e *ast.MappingValueNode) string {
	key, _ := e.Key.(*ast.StringNode) // entries has seen to it that it is one
	return key.Value
}

// entries returns the parts of a mapping, each key once.
func (d *document) entries(n ast.Node) []*ast.MappingValueNode {
	mapping, ok := n.(ast.MapNode)
	if !ok {
		d.wrong(n, "a mapping (key: value)")
		return nil
	}
	var entries []*ast.MappingValueNode
	lines := map[string]int{}
	for iter := mapping.MapRange(); iter.Next(); {
		e := iter.KeyValue()
		key, isText := e.Key.(*ast.StringNode)
		switch {
		case !isText:
			d.problem(line(e.Key), "keys are plain words; merging (<<), anchors and other kinds of keys are not supported")
			continue
		case lines[key.Value] > 0:
			d.problem(line(e.Key), "%q stands in line %d already", printable(key.Value, 60), lines[key.Value])
			continue
		}
		lines[key.Value] = line(e.Key)
		entries = append(entries, e)
	}
	return entries
}

// list reads each element of a list.
func (d *document) list(each into) into {
	return func(n ast.Node) {
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			d.wrong(n, "a list")
			return
		}
		for _, element := range list.Values {
			each(element)
		}
	}
}

// text reads a string that passes the checks.
func (d *document) text(to *string, checks ...func(string) error) into {
	return func(n ast.Node) {
		s, ok := n.(*ast.StringNode)
		if !ok {
			d.wrong(n, "text")
			return
		}
		if s.Value == "" {
			d.bad(n, "the value is empty: give one, or remove the key")
			return
		}
		for _, check := range checks {
			if err := check(s.Value); err != nil {
				d.bad(n, "%s", err)
				return
			}
		}
		*to = s.Value
	}
}

// texts reads a list of strings, each of which passes the check and is there once.
func (d *document) texts(to *[]string, check func(string) error) into {
	*to = nil
	return d.list(func(n ast.Node) {
		var s string
		before := len(d.problems)
		d.text(&s, check)(n)
		if slices.Contains(*to, s) {
			d.bad(n, "%q stands in the list twice", s)
		} else if len(d.problems) == before {
			*to = append(*to, s)
		}
	})
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// number reads a whole decimal number from min to max.
func (d *document) number(to *int, min, max int) into {
	return func(n ast.Node) {
		if _, ok := n.(*ast.IntegerNode); !ok {
			d.wrong(n, "a whole number")
			return
		}
		text := n.GetToken().Value
		i, err := strconv.Atoi(text)
		if err != nil || !decimal.MatchString(text) || i < min || i > max {
			d.bad(n, "%s is out of range: it is a number from %d to %d", printable(text, 40), min, max)
			return
		}
		*to = i
	}
}

func (d *document) boolean(to *bool) into {
	return func(n ast.Node) {
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.wrong(n, "true or false")
			return
		}
		*to = b.Value
	}
}

// duration reads a time with its unit, from min to max.
func (d *document) duration(to *time.Duration, min, max time.Duration) into {
	return func(n ast.Node) {
		switch n.(type) {
		case *ast.IntegerNode, *ast.FloatNode:
			d.bad(n, "%s has no unit: write for example 30s, 5m or 1h", printable(n.GetToken().Value, 40))
			return
		}
		var text string
		before := len(d.problems)
		if d.text(&text)(n); len(d.problems) > before {
			return
		}
		t, err := time.ParseDuration(text)
		switch {
		case err != nil:
			d.bad(n, "%q is no duration: write for example 30s, 5m or 1h", printable(text, 40))
		case t < min || t > max:
			d.bad(n, "%s is out of range: it is a time from %s to %s", printable(text, 40), short(min), short(max))
		default:
			*to = t
		}
	}
}

// short writes a duration without the zeros that Go puts at its end.
func short(t time.Duration) string {
	s := t.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// wrong says that the node is of another kind than wanted.
func (d *document) wrong(n ast.Node, wanted string) {
	switch n.(type) {
	case nil, *ast.NullNode:
		d.bad(n, "the value is missing: it has to be %s", wanted)
	case *ast.AnchorNode, *ast.AliasNode:
		d.bad(n, "anchors (&) and aliases (*) are not supported: put text that begins with * or & in quotes, and write values out")
	case *ast.TagNode:
		d.bad(n, "tags (!) are not supported: put text that begins with ! in quotes")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		if wanted == "text" {
			wanted += ": put it in quotes"
		}
		d.bad(n, "%s has to be %s", printable(n.GetToken().Value, 40), wanted)
	default:
		d.bad(n, "this has to be %s, and it is %s", wanted, kindOf(n))
	}
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode:
		return "text"
	case *ast.LiteralNode:
		return "a block of lines"
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "a mapping"
	}
	return "something else"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
