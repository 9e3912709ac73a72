package awk

import (
	"fmt"
)

type parser struct {
	all   []token
	at    int
	noGt  bool // in a print: > would be a redirection
	depth int
	calls map[string]bool
}

// broken ends the parsing.
type broken string

func parse(text string) (p *program, err error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, fmt.Errorf("awk: %w", err)
	}
	s := &parser{all: tokens, calls: map[string]bool{}}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case broken:
			p, err = nil, fmt.Errorf("awk: %s", string(r))
		default:
			panic(r)
		}
	}()
	p = s.program()
	for name := range s.calls {
		if p.functions[name] == nil {
			return nil, fmt.Errorf("awk: there is no function %s", name)
		}
	}
	return p, nil
}

func (s *parser) peek() token { return s.all[s.at] }
func (s *parser) is(kinds ...string) bool {
	for _, k := range kinds {
		if s.peek().kind == k {
			return true
		}
	}
	return false
}

func (s *parser) next() token {
	t := s.peek()
	if t.kind != isEnd {
		s.at++
	}
	return t
}

func (s *parser) accept(kind string) bool {
	if !s.is(kind) {
		return false
	}
	s.at++
	return true
}

func (s *parser) want(kind string) token {
	if !s.is(kind) {
		panic(broken(fmt.Sprintf("%q is where %q should be", s.peek().kind+" "+s.peek().text, kind)))
	}
	return s.next()
}

func (s *parser) lines() {
	for s.is(isNewline) {
		s.at++
	}
}

func (s *parser) ends() {
	for s.is(isNewline, ";") {
		s.at++
	}
}

func (s *parser) program() *program {
	p := &program{functions: map[string]*function{}}
	for s.ends(); !s.is(isEnd); s.ends() {
		switch {
		case s.accept("BEGIN"):
			p.begin = append(p.begin, s.block())
		case s.accept("END"):
			p.end = append(p.end, s.block())
		case s.accept("function"):
			name := s.next().text
			p.functions[name] = s.function()
		default:
			var r rule
			if !s.is("{") {
				r.pattern = s.expr()
			}
			if s.is("{") {
				r.action = s.block()
			}
			p.rules = append(p.rules, r)
		}
	}
	return p
}

func (s *parser) function() *function {
	f := &function{}
	s.want("(")
	for !s.accept(")") {
		f.params = append(f.params, s.want(isName).text)
		s.accept(",")
	}
	s.lines()
	f.body = s.block()
	return f
}
