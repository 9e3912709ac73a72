package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// What a configuration file may be at most. YAML parsers need time by the
// square of lines and of nesting, and no fleet needs more.
const (
	maxConfig     = 1 << 20 // bytes
	maxConfigLine = 8 << 10 // bytes
	maxNesting    = 50      // brackets
	maxProblems   = 100     // are told
)

// problems is all that is wrong with a configuration, a line each.
type problems []error

func (p problems) Error() string { return errors.Join(p...).Error() }

// document reads YAML nodes into values and collects what is wrong with them.
// The library's own decoding is not strict about types (1.5 becomes the whole
// number 1, 010 becomes 8), and it stops at the first fault.
type document struct {
	file     string
	key      string // of the mapping that is being read
	lines    [][]byte
	problems problems
}

func (d *document) problem(line int, format string, args ...any) {
	switch n := len(d.problems); {
	case n < maxProblems:
		d.problems = append(d.problems, fmt.Errorf("%s:%d: %s", d.file, line, fmt.Sprintf(format, args...)))
	case n == maxProblems:
		d.problems = append(d.problems, fmt.Errorf("%s:%d: there is more to mend from here on", d.file, line))
	}
}

// bad is a problem with the value of the current key.
func (d *document) bad(n ast.Node, format string, args ...any) {
	if d.key != "" {
		format, args = "%s: "+format, append([]any{d.key}, args...)
	}
	d.problem(line(n), format, args...)
}

// into reads one node into the place that it was made for.
type into func(ast.Node)

// parseYAML returns the only document's root, or nil after a problem.
func (d *document) parseYAML(text []byte) ast.Node {
	if d.checkText(text); len(d.problems) > 0 {
		return nil
	}
	parsed, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey()) // entries refuses them, in less time
	if err != nil {
		d.syntax(err)
		return nil
	}
	docs := slices.DeleteFunc(parsed.Docs, func(doc *ast.DocumentNode) bool { return doc.Body == nil })
	switch len(docs) {
	case 0:
		d.problem(1, "the file is empty")
		return nil
	case 1:
		return docs[0].Body
	}
	d.problem(line(docs[1].Body), "a second YAML document begins here: only one is read")
	return nil
}

var (
	// Slack's tokens (xoxb-, xapp-, …) and private keys.
	secret = regexp.MustCompile(`x(?:ox[a-z]|app)-[0-9A-Za-z-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY`)
	// Text that YAML takes for something else.
	unquoted = regexp.MustCompile(`[-:,\[] *[*&!@%{]`)
)

// checkText refuses what must not get as far as the parser, whose errors
// repeat what they stumble over.
func (d *document) checkText(text []byte) {
	depth := 0
	d.lines = bytes.Split(text, []byte("\n"))
	for i, l := range d.lines {
		depth += bytes.Count(l, []byte("[")) + bytes.Count(l, []byte("{")) - bytes.Count(l, []byte("]")) - bytes.Count(l, []byte("}"))
		depth = max(0, depth)
		switch {
		case secret.Match(l):
			d.problem(i+1, "a secret stands here: take it out, withdraw it, and give a new one by environment variable or file (%s)", strings.Join(secretNames, ", "))
		case len(l) > maxConfigLine:
			d.problem(i+1, "the line is longer than %d characters", maxConfigLine)
		case depth > maxNesting || bytes.Count(l, []byte("[")) > maxConfigLine/10 || bytes.Count(l, []byte("{")) > maxConfigLine/10:
			d.problem(i+1, "brackets are nested too deeply")
			return
		case bytes.ContainsFunc(l, func(r rune) bool {
			return unicode.IsControl(r) && r != '\t' && r != '\r' || r == unicode.ReplacementChar
		}):
			d.problem(i+1, "the line contains control characters or is not UTF-8")
		}
	}
}

func (d *document) syntax(err error) {
	at, says := 1, "this is not YAML"
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		says, _, _ = strings.Cut(syntax.GetMessage(), "\n")
		if token := syntax.GetToken(); token != nil {
			at = token.Position.Line
		}
	}
	if at <= len(d.lines) && unquoted.Match(d.lines[at-1]) {
		says += " (put text that begins with * & ! @ % or { in quotes)"
	}
	d.problem(at, "%s", printable(says, 200))
}

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

// line is where a node begins. Mappings and lists begin with their first key.
func line(n ast.Node) int {
	switch n := n.(type) {
	case nil:
		return 1
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return line(n.Values[0])
		}
	case *ast.MappingValueNode:
		return line(n.Key)
	}
	if token := n.GetToken(); token != nil {
		return token.Position.Line
	}
	return 1
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// readConfigFile reads the file, which must not be larger than maxConfig.
func readConfigFile(file string) ([]byte, error) {
	if file == "" {
		return nil, errors.New("no configuration file is named: give one by --config")
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the configuration cannot be read: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("the configuration %s is not a file", file)
	case info.Size() > maxConfig:
		return nil, fmt.Errorf("the configuration %s is larger than %d bytes", file, maxConfig)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	return text, nil
}
