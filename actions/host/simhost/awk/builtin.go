package awk

import (
	"strings"
)

// builtins are the functions of every program, with how many arguments they
// take at least and at most.
var builtins = map[string][2]int{
	"sub": {2, 3}, "gsub": {2, 3}, "substr": {2, 3}, "index": {2, 2}, "length": {0, 1}, "match": {2, 2},
	"split": {2, 3}, "tolower": {1, 1}, "toupper": {1, 1}, "sprintf": {1, 100}, "close": {1, 1}, "int": {1, 1},
}

// check refuses calls that could not be made.
func (s *parser) check(n *node) {
	takes, known := builtins[n.text]
	if !known {
		s.calls[n.text] = true
		return
	}
	switch {
	case len(n.kids) < takes[0] || len(n.kids) > takes[1],
		n.text == "split" && n.kids[1].kind != aVar,
		len(n.kids) == 3 && (n.text == "sub" || n.text == "gsub") && !assignable(n.kids[2]):
		panic(broken(n.text + " is not called like this"))
	}
}

func (m *machine) call(n *node) value {
	if f := m.functions[n.text]; f != nil {
		return m.invoke(f, n.kids)
	}
	arg := func(i int) value {
		if i >= len(n.kids) {
			return value{}
		}
		return m.eval(n.kids[i])
	}
	switch n.text {
	case "sub", "gsub":
		return m.substitute(n)
	case "substr":
		return m.substr(arg(0).String(), arg(1), len(n.kids) > 2, arg(2))
	case "index":
		return num(float64(strings.Index(arg(0).String(), arg(1).String()) + 1))
	case "length":
		if len(n.kids) == 0 {
			return num(float64(len(m.record)))
		}
		return num(float64(len(arg(0).String())))
	case "match":
		start, length := 0, -1
		if at := m.regexpOf(n.kids[1]).FindStringIndex(arg(0).String()); at != nil {
			start, length = at[0]+1, at[1]-at[0]
		}
		m.set("RSTART", num(float64(start)))
		m.set("RLENGTH", num(float64(length)))
		return num(float64(start))
	case "split":
		return m.splitInto(n)
	case "tolower":
		return str(strings.ToLower(arg(0).String()))
	case "toupper":
		return str(strings.ToUpper(arg(0).String()))
	case "sprintf":
		return str(m.format(n.kids))
	case "int":
		return num(float64(int64(arg(0).number())))
	case "close":
		name := arg(0).String()
		for _, kind := range []string{"<", "|"} {
			if r := m.readers[kind+name]; r != nil {
				r.close()
				delete(m.readers, kind+name)
			}
		}
		return num(0)
	}
	m.fail("there is no function %s", n.text)
	return value{}
}

// invoke calls a function of the program. A bare name is passed by reference
// where it is an array, or nothing yet.
func (m *machine) invoke(f *function, args []*node) (result value) {
	if m.Ended != nil && m.Ended() {
		panic(exiting(2))
	}
	if m.depth++; m.depth > mostCalls {
		m.fail("functions call each other too deeply")
	}
	frame := map[string]*cell{}
	for i, name := range f.params {
		frame[name] = &cell{}
		if i >= len(args) {
			continue
		}
		if args[i].kind == aVar && args[i].text != "NF" {
			if c := m.variable(args[i].text); c.array != nil || !c.str && !c.num {
				frame[name] = c
				continue
			}
		}
		frame[name].value = m.eval(args[i])
	}
	m.frames = append(m.frames, frame)
	frames := len(m.frames) - 1
	defer func() {
		m.frames = m.frames[:frames]
		m.depth--
		switch r := recover().(type) {
		case nil:
		case returning:
			result = r.value
		default:
			panic(r)
		}
	}()
	m.exec(f.body)
	return value{}
}

func (m *machine) substr(s string, from value, bounded bool, length value) value {
	start := int(from.number())
	end := len(s) + 1
	if bounded {
		end = min(end, start+int(length.number()))
	}
	start = max(start, 1)
	if start >= end {
		return str("")
	}
	return str(s[start-1 : end-1])
}

func (m *machine) splitInto(n *node) value {
	s, by := m.eval(n.kids[0]).String(), m.get("FS").String()
	if len(n.kids) > 2 {
		by = n.kids[2].text
		if k := n.kids[2].kind; k != aRegexp && k != aString {
			by = m.eval(n.kids[2]).String()
		}
		if n.kids[2].kind == aRegexp && len(by) == 1 {
			by = "(" + by + ")"
		}
	}
	parts := m.split(s, by)
	array := m.array(n.kids[1].text)
	clear(array)
	for i, p := range parts {
		array[num(float64(i+1)).String()] = input(p)
	}
	return num(float64(len(parts)))
}

func (m *machine) substitute(n *node) value {
	to := &node{kind: aField, kids: []*node{{kind: aNumber, text: "0"}}}
	if len(n.kids) > 2 {
		to = n.kids[2]
	}
	re, with, s := m.regexpOf(n.kids[0]), m.eval(n.kids[1]).String(), m.eval(to).String()
	most := -1
	if n.text == "sub" {
		most = 1
	}
	found := re.FindAllStringIndex(s, most)
	if len(found) == 0 {
		return num(0)
	}
	var b strings.Builder
	last := 0
	for _, at := range found {
		b.WriteString(s[last:at[0]] + replacement(with, s[at[0]:at[1]]))
		last = at[1]
	}
	m.assign(to, m.bounded(b.String()+s[last:]))
	return num(float64(len(found)))
}

// replacement puts what was found where an & stands.
func replacement(with, found string) string {
	var b strings.Builder
	for i := 0; i < len(with); i++ {
		switch {
		case with[i] == '\\' && i+1 < len(with) && (with[i+1] == '&' || with[i+1] == '\\'):
			i++
			b.WriteByte(with[i])
		case with[i] == '&':
			b.WriteString(found)
		default:
			b.WriteByte(with[i])
		}
	}
	return b.String()
}
