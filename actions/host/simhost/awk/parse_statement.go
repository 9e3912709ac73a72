package awk

import (
	"fmt"
)

func (s *parser) block() *node {
	s.want("{")
	b := &node{kind: aBlock}
	for s.ends(); !s.accept("}"); s.ends() {
		b.body = append(b.body, s.statement())
	}
	return b
}

// statement parses one with its end.
func (s *parser) statement() *node {
	defer s.deeper()()
	s.lines()
	switch {
	case s.is("{"):
		return s.block()
	case s.accept(";"):
		return &node{kind: aBlock}
	case s.accept("if"):
		return s.ifElse()
	case s.accept("while"):
		s.want("(")
		n := &node{kind: "while", kids: []*node{s.expr()}}
		s.want(")")
		n.body = []*node{s.statement()}
		return n
	case s.accept("for"):
		return s.loop()
	}
	n := s.simple()
	if !s.is("}", isEnd) {
		if !s.is(";", isNewline) {
			panic(broken(fmt.Sprintf("%q is where a statement should end", s.peek().text)))
		}
		s.ends()
	}
	return n
}

func (s *parser) ifElse() *node {
	s.want("(")
	n := &node{kind: "if", kids: []*node{s.expr()}}
	s.want(")")
	n.body = []*node{s.statement()}
	back := s.at
	s.ends()
	if s.accept("else") {
		n.also = []*node{s.statement()}
	} else {
		s.at = back
	}
	return n
}

func (s *parser) loop() *node {
	s.want("(")
	if s.is(isName) && s.all[s.at+1].kind == "in" && s.all[s.at+2].kind == isName && s.all[s.at+3].kind == ")" {
		n := &node{kind: aForIn, text: s.next().text}
		s.next()
		n.kids = []*node{{kind: aVar, text: s.next().text}}
		s.want(")")
		n.body = []*node{s.statement()}
		return n
	}
	n := &node{kind: aFor, kids: []*node{nil}, also: []*node{nil, nil}}
	if !s.is(";") {
		n.also[0] = s.simple()
	}
	s.want(";")
	if !s.is(";") {
		n.kids[0] = s.expr()
	}
	s.want(";")
	if !s.is(")") {
		n.also[1] = s.simple()
	}
	s.want(")")
	n.body = []*node{s.statement()}
	return n
}

func (s *parser) simple() *node {
	switch t := s.peek(); t.kind {
	case "next", "break", "continue":
		s.next()
		return &node{kind: t.kind}
	case "exit", "return":
		s.next()
		n := &node{kind: t.kind}
		if !s.is(";", "}", isNewline, isEnd) {
			n.kids = []*node{s.expr()}
		}
		return n
	case "delete":
		s.next()
		n := &node{kind: "delete", text: s.want(isName).text}
		if s.accept("[") {
			n.kids = s.list("]")
		}
		return n
	case "print", "printf":
		s.next()
		return s.print(t.kind)
	}
	return &node{kind: anExpr, kids: []*node{s.expr()}}
}

// print parses its arguments; writing elsewhere than to standard output is not
// to be had here.
func (s *parser) print(kind string) *node {
	s.noGt = true
	defer func() { s.noGt = false }()
	n := &node{kind: kind}
	for !s.is(";", "}", isNewline, isEnd) {
		n.kids = append(n.kids, s.expr())
		if !s.accept(",") {
			break
		}
		s.lines()
	}
	if len(n.kids) == 1 && n.kids[0].kind == aGroup {
		n.kids = n.kids[0].kids
	}
	if kind == "printf" && len(n.kids) == 0 {
		panic(broken("printf needs a format"))
	}
	if s.is(">", "|") {
		panic(broken("print writes to standard output only"))
	}
	return n
}
