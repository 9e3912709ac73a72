package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// required refuses a mapping without one of the keys.
func (s schema) required(n ast.Node, keys ...string) {
	mapping, ok := n.(ast.MapNode)
	if !ok {
		return // told already
	}
	has := map[string]bool{}
	for iter := mapping.MapRange(); iter.Next(); {
		has[iter.Key().String()] = true
	}
	for _, key := range keys {
		if !has[key] {
			s.problem(line(n), "%s is missing here", key)
		}
	}
}

// at remembers the line of a value, for what is told of it later.
func at(to *int, read into) into {
	return func(n ast.Node) {
		*to = line(n)
		read(n)
	}
}

// path reads the name of a file. It may begin with ~/.
func (s schema) path(to *string) into {
	return func(n ast.Node) {
		var text string
		if s.text(&text)(n); text == "" {
			return
		}
		if rest, ok := strings.CutPrefix(text, "~/"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				s.bad(n, "~ cannot be told: %s; write the path out", err)
				return
			}
			text = filepath.Join(home, rest)
		}
		if !filepath.IsAbs(text) {
			text = filepath.Join(s.dir, text)
		}
		*to = filepath.Clean(text)
	}
}

// filled refuses an empty list.
func (s schema) filled(read into) into {
	return func(n ast.Node) {
		if list, ok := n.(*ast.SequenceNode); ok && len(list.Values) == 0 {
			s.bad(n, "the list is empty: name at least one, or remove the key")
			return
		}
		read(n)
	}
}
