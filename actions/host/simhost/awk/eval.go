package awk

import (
	"math"
	"strings"
)

func (m *machine) eval(n *node) value {
	switch n.kind {
	case aNumber:
		v := input(n.text)
		v.str = false
		return v
	case aString:
		return str(n.text)
	case aRegexp:
		return truth(m.regexp(n.text).MatchString(m.record))
	case aGroup:
		return m.eval(n.kids[0])
	case aVar:
		if n.text == "NF" {
			return num(float64(len(m.fields)))
		}
		return m.get(n.text)
	case anIndex:
		array, key := m.array(n.text), m.key(n.kids)
		if _, there := array[key]; !there {
			array[key] = value{}
		}
		return array[key]
	case aField:
		return m.field(int(m.eval(n.kids[0]).number()))
	case aCall:
		return m.call(n)
	case anIn:
		kids := n.kids
		if kids[0].kind == aGroup {
			kids = kids[0].kids
		}
		_, there := m.array(n.text)[m.key(kids)]
		return truth(there)
	case aGetline:
		return m.getline(n)
	case "?":
		if m.eval(n.kids[0]).bool() {
			return m.eval(n.kids[1])
		}
		return m.eval(n.kids[2])
	case "&&":
		return truth(m.eval(n.kids[0]).bool() && m.eval(n.kids[1]).bool())
	case "||":
		return truth(m.eval(n.kids[0]).bool() || m.eval(n.kids[1]).bool())
	case "!":
		return truth(!m.eval(n.kids[0]).bool())
	case aMinus:
		return num(-m.eval(n.kids[0]).number())
	case aPlus:
		return num(m.eval(n.kids[0]).number())
	case "~", "!~":
		return truth(m.regexpOf(n.kids[1]).MatchString(m.eval(n.kids[0]).String()) == (n.kind == "~"))
	case "=":
		v := m.eval(n.kids[1])
		m.assign(n.kids[0], v)
		return v
	case "+=", "-=", "*=", "/=", "%=":
		v := m.arithmetic(n.kind[:1], m.eval(n.kids[0]), m.eval(n.kids[1]))
		m.assign(n.kids[0], v)
		return v
	case aPre, aPost:
		return m.step(n)
	}
	left, right := m.eval(n.kids[0]), m.eval(n.kids[1])
	switch n.kind {
	case aConcat:
		return m.bounded(left.String() + right.String())
	case "<":
		return truth(compare(left, right) < 0)
	case "<=":
		return truth(compare(left, right) <= 0)
	case ">":
		return truth(compare(left, right) > 0)
	case ">=":
		return truth(compare(left, right) >= 0)
	case "==":
		return truth(compare(left, right) == 0)
	case "!=":
		return truth(compare(left, right) != 0)
	}
	return m.arithmetic(n.kind, left, right)
}

func (m *machine) arithmetic(op string, left, right value) value {
	a, b := left.number(), right.number()
	switch op {
	case "+":
		return num(a + b)
	case "-":
		return num(a - b)
	case "*":
		return num(a * b)
	case "^":
		return num(math.Pow(a, b))
	}
	if b == 0 {
		m.fail("division by zero")
	}
	if op == "/" {
		return num(a / b)
	}
	return num(math.Mod(a, b))
}

func (m *machine) step(n *node) value {
	before := num(m.eval(n.kids[0]).number())
	after := num(before.n + 1)
	if n.text == "--" {
		after = num(before.n - 1)
	}
	m.assign(n.kids[0], after)
	if n.kind == aPre {
		return after
	}
	return before
}

func (m *machine) key(kids []*node) string {
	words := make([]string, len(kids))
	for i, k := range kids {
		words[i] = m.eval(k).String()
	}
	return strings.Join(words, "\x1c")
}

func (m *machine) assign(to *node, v value) {
	switch to.kind {
	case aVar:
		if to.text == "NF" {
			m.fail("NF is not to be set")
		}
		m.set(to.text, v)
	case anIndex:
		m.array(to.text)[m.key(to.kids)] = v
	case aField:
		m.setField(int(m.eval(to.kids[0]).number()), v)
	default:
		m.fail("this cannot be assigned to")
	}
}

func (m *machine) setRecord(line string) {
	m.record, m.fields = line, m.fields[:0:0]
	for _, f := range m.split(line, m.get("FS").String()) {
		m.fields = append(m.fields, input(f))
	}
}

func (m *machine) field(i int) value {
	switch {
	case i == 0:
		return input(m.record)
	case i < 0 || i > len(m.fields):
		return value{}
	}
	return m.fields[i-1]
}

func (m *machine) setField(i int, v value) {
	if i == 0 {
		m.setRecord(v.String())
		return
	}
	if i < 0 || i > 10000 {
		m.fail("there is no field %d", i)
	}
	for len(m.fields) < i {
		m.fields = append(m.fields, value{})
	}
	m.fields[i-1] = input(v.String())
	words := make([]string, len(m.fields))
	for j, f := range m.fields {
		words[j] = f.String()
	}
	m.record = strings.Join(words, m.get("OFS").String())
}

func (m *machine) split(s, by string) []string {
	switch {
	case by == " ":
		return strings.Fields(s)
	case s == "":
		return nil
	case len(by) == 1 && by != `\`:
		return strings.Split(s, by)
	}
	return m.regexp(by).Split(s, -1)
}

// longest is how many bytes a text may have.
const longest = 16 << 20

func (m *machine) bounded(s string) value {
	if len(s) > longest {
		m.fail("a text gets longer than %d bytes", longest)
	}
	return str(s)
}
