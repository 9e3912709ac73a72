package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
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

// document reads YAML nodes into values (config_values.go) and collects what is
// wrong with them. The library's own decoding is not strict about types (1.5
// becomes the whole number 1, 010 becomes 8), and it stops at the first fault.
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
	// AWS's access keys, as IAM identifiers have them.
	accessKey = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`)
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
		case accessKey.Match(l):
			d.problem(i+1, "an AWS access key stands here: take it out, withdraw it, and use a role, or give a new one by environment variable or shared credentials file")
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
