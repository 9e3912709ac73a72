package awk

import (
	"maps"
	"slices"
	"strings"
)

func (m *machine) exec(n *node) {
	switch n.kind {
	case aBlock:
		for _, s := range n.body {
			m.exec(s)
		}
	case anExpr:
		m.eval(n.kids[0])
	case "print":
		m.print(m.printed(n.kids) + m.get("ORS").String())
	case "printf":
		m.print(m.format(n.kids))
	case "if":
		if m.eval(n.kids[0]).bool() {
			m.exec(n.body[0])
		} else if len(n.also) > 0 {
			m.exec(n.also[0])
		}
	case "while":
		for m.eval(n.kids[0]).bool() && m.again(n.body[0]) {
		}
	case aFor:
		m.loop(n)
	case aForIn:
		for _, key := range slices.Sorted(maps.Keys(m.array(n.kids[0].text))) {
			m.set(n.text, input(key))
			if !m.again(n.body[0]) {
				break
			}
		}
	case "delete":
		if n.kids == nil {
			clear(m.array(n.text))
		} else {
			delete(m.array(n.text), m.key(n.kids))
		}
	default:
		m.leave(n)
	}
}

func (m *machine) loop(n *node) {
	if n.also[0] != nil {
		m.exec(n.also[0])
	}
	for n.kids[0] == nil || m.eval(n.kids[0]).bool() {
		if !m.again(n.body[0]) {
			return
		}
		if n.also[1] != nil {
			m.exec(n.also[1])
		}
	}
}

// again runs the body of a loop, and reports whether the loop goes on.
func (m *machine) again(body *node) (on bool) {
	frames := len(m.frames)
	defer func() {
		switch r := recover().(type) {
		case nil, skipping:
			on = true
		case breaking:
			on = false
		default:
			panic(r)
		}
		m.frames = m.frames[:frames]
	}()
	if m.Ended != nil && m.Ended() {
		panic(exiting(2))
	}
	m.exec(body)
	return true
}

func (m *machine) leave(n *node) {
	var v value
	if len(n.kids) > 0 {
		v = m.eval(n.kids[0])
	}
	switch n.kind {
	case "next":
		panic(nexting{})
	case "break":
		panic(breaking{})
	case "continue":
		panic(skipping{})
	case "return":
		panic(returning{v})
	case "exit":
		if len(n.kids) == 0 {
			panic(exiting(m.status))
		}
		panic(exiting(int(v.number())))
	}
	m.fail("%s is no statement", n.kind)
}

func (m *machine) printed(args []*node) string {
	if len(args) == 0 {
		return m.record
	}
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = m.eval(a).String()
	}
	return strings.Join(words, m.get("OFS").String())
}
