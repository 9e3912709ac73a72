package awk

import (
	"bufio"
	"io"
	"strings"
)

func (m *machine) getline(n *node) value {
	var line string
	var ok bool
	if n.text == "" {
		line, ok = m.nextLine()
	} else {
		r := m.source(n.text, m.eval(n.kids[1]).String())
		if r == nil {
			return num(-1)
		}
		line, ok = readLine(r.Reader)
	}
	if !ok {
		return num(0)
	}
	if n.kids[0] == nil {
		m.setRecord(line)
	} else {
		m.assign(n.kids[0], input(line))
	}
	return num(1)
}

func (m *machine) source(kind, name string) *reader {
	if r := m.readers[kind+name]; r != nil {
		return r
	}
	var in io.Reader
	end := func() {}
	if kind == "|" {
		in = strings.NewReader(m.Command(name))
	} else {
		f, err := m.Open(name)
		if err != nil {
			return nil
		}
		in, end = f, func() { _ = f.Close() }
	}
	r := &reader{bufio.NewReader(in), end}
	m.readers[kind+name] = r
	return r
}
