package awk

import "fmt"

// The grammar of expressions, the loosest first.

func (s *parser) expr() *node {
	left := s.ternary()
	if s.is("=", "+=", "-=", "*=", "/=", "%=") {
		if !assignable(left) {
			panic(broken("only a variable or a field can be assigned to"))
		}
		op := s.next().kind
		s.lines()
		return &node{kind: op, kids: []*node{left, s.expr()}}
	}
	return left
}

func assignable(n *node) bool { return n.kind == aVar || n.kind == anIndex || n.kind == aField }

func (s *parser) ternary() *node {
	cond := s.binary(0)
	if !s.accept("?") {
		return cond
	}
	s.lines()
	yes := s.expr()
	s.lines()
	s.want(":")
	s.lines()
	return &node{kind: "?", kids: []*node{cond, yes, s.expr()}}
}

// levels are the binary operators, the loosest first.
var levels = [][]string{{"||"}, {"&&"}, {"in"}, {"~", "!~"}, {"<", "<=", "==", "!=", ">", ">="}, {aConcat}, {"+", "-"}, {"*", "/", "%"}}

func (s *parser) binary(level int) *node {
	if level == len(levels) {
		return s.unary()
	}
	if levels[level][0] == aConcat {
		return s.concat(level)
	}
	left := s.binary(level + 1)
	for s.is(levels[level]...) && !(s.noGt && s.is(">")) {
		op := s.next().kind
		s.lines()
		if op == "in" {
			left = &node{kind: anIn, text: s.want(isName).text, kids: []*node{left}}
			continue
		}
		left = &node{kind: op, kids: []*node{left, s.binary(level + 1)}}
	}
	for level == 4 && s.is("|") && s.all[s.at+1].kind == "getline" {
		s.at += 2
		left = &node{kind: aGetline, text: "|", kids: []*node{s.target(), left}}
	}
	return left
}

func (s *parser) concat(level int) *node {
	left := s.binary(level + 1)
	for s.is(isNumber, isString, isRegexp, isName, isCall, "$", "!", "(", "-", "+", "++", "--") {
		left = &node{kind: aConcat, kids: []*node{left, s.binary(level + 1)}}
	}
	return left
}

func (s *parser) unary() *node {
	defer s.deeper()()
	switch {
	case s.accept("!"):
		return &node{kind: "!", kids: []*node{s.unary()}}
	case s.accept("-"):
		return &node{kind: aMinus, kids: []*node{s.unary()}}
	case s.accept("+"):
		return &node{kind: aPlus, kids: []*node{s.unary()}}
	case s.is("++", "--"):
		return &node{kind: aPre, text: s.next().kind, kids: []*node{s.primary()}}
	}
	n := s.primary()
	if assignable(n) && s.is("++", "--") {
		n = &node{kind: aPost, text: s.next().kind, kids: []*node{n}}
	}
	if s.accept("^") {
		n = &node{kind: "^", kids: []*node{n, s.unary()}}
	}
	return n
}

func (s *parser) primary() *node {
	switch t := s.next(); t.kind {
	case isNumber:
		return &node{kind: aNumber, text: t.text}
	case isString:
		return &node{kind: aString, text: t.text}
	case isRegexp:
		return &node{kind: aRegexp, text: t.text}
	case "$":
		if s.is("++", "--") {
			return &node{kind: aField, kids: []*node{s.unary()}}
		}
		return &node{kind: aField, kids: []*node{s.primary()}}
	case "(":
		return s.parenthesis()
	case isCall:
		s.want("(")
		n := &node{kind: aCall, text: t.text, kids: s.list(")")}
		s.check(n)
		return n
	case isName:
		if t.text == "length" {
			return &node{kind: aCall, text: t.text}
		}
		if s.accept("[") {
			return &node{kind: anIndex, text: t.text, kids: s.list("]")}
		}
		return &node{kind: aVar, text: t.text}
	case "getline":
		n := &node{kind: aGetline, kids: []*node{s.target()}}
		if s.accept("<") {
			n.text = "<"
			n.kids = append(n.kids, s.primary())
		}
		return n
	default:
		panic(broken(fmt.Sprintf("%q is where a value should be", t.text)))
	}
}

// parenthesis parses (a), or (a, b) for what in asks or print prints.
func (s *parser) parenthesis() *node {
	kids := s.list(")")
	if len(kids) == 0 || len(kids) > 1 && !s.is("in", ";", "}", isNewline, isEnd) {
		panic(broken("a list is where a value should be"))
	}
	return &node{kind: aGroup, kids: kids}
}

func (s *parser) list(end string) []*node {
	var kids []*node
	noGt := s.noGt
	s.noGt = false
	defer func() { s.noGt = noGt }()
	for s.lines(); !s.accept(end); s.lines() {
		kids = append(kids, s.expr())
		s.lines()
		if !s.is(end) {
			s.want(",")
		}
	}
	return kids
}

// target is the variable that getline reads into, if one is named.
func (s *parser) target() *node {
	if s.is(isName, "$") {
		return s.primary()
	}
	return nil
}

// deepest bounds how deep a program is nested.
const deepest = 500

// deeper counts a level; call what it returns at the end of it.
func (s *parser) deeper() func() {
	if s.depth++; s.depth > deepest {
		panic(broken("the program is nested too deeply"))
	}
	return func() { s.depth-- }
}
