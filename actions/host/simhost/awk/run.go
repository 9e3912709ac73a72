package awk

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// exiting, nexting and the others leave what runs, by panic.
type (
	exiting   int
	nexting   struct{}
	breaking  struct{}
	skipping  struct{} // continue
	returning struct{ value }
	failure   string
)

func (f failure) Error() string { return "awk: " + string(f) }

// cell is a variable: a value, or an array.
type cell struct {
	value
	array map[string]value
}

type machine struct {
	*program
	Config
	globals map[string]*cell
	frames  []map[string]*cell
	record  string
	fields  []value
	main    *bufio.Reader
	rest    []string // operands not read yet
	readers map[string]*reader
	status  int
	depth   int
}

type reader struct {
	*bufio.Reader
	close func()
}

// mostCalls bounds the depth of a recursion.
const mostCalls = 200

func newMachine(p *program, c Config) *machine {
	m := &machine{program: p, Config: c, globals: map[string]*cell{}, readers: map[string]*reader{}, rest: c.Files}
	m.set("FS", str(" "))
	if c.Separator != "" {
		m.set("FS", str(unescaped(c.Separator)))
	}
	m.set("OFS", str(" "))
	m.set("ORS", str("\n"))
	m.set("SUBSEP", str("\x1c"))
	for name, v := range c.Vars {
		m.set(name, input(unescaped(v)))
	}
	if len(c.Files) == 0 {
		m.main = bufio.NewReader(c.Stdin)
	}
	return m
}

func (m *machine) set(name string, v value)   { m.variable(name).value = v }
func (m *machine) get(name string) value      { return m.variable(name).value }
func (m *machine) fail(f string, args ...any) { panic(failure(fmt.Sprintf(f, args...))) }

func (m *machine) variable(name string) *cell {
	if len(m.frames) > 0 {
		if c, local := m.frames[len(m.frames)-1][name]; local {
			return c
		}
	}
	c := m.globals[name]
	if c == nil {
		c = &cell{}
		m.globals[name] = c
	}
	return c
}

func (m *machine) array(name string) map[string]value {
	c := m.variable(name)
	if c.array == nil {
		c.array = map[string]value{}
	}
	return c.array
}

func (m *machine) closeAll() {
	for _, r := range m.readers {
		r.close()
	}
}

// run runs BEGIN, each record and END. exit goes on to END, as POSIX has it.
func (m *machine) run() {
	m.caught(func() {
		for _, b := range m.begin {
			m.exec(b)
		}
		if len(m.rules) == 0 && len(m.end) == 0 {
			return
		}
		for {
			line, ok := m.nextLine()
			if !ok {
				return
			}
			m.set("NR", num(m.get("NR").number()+1))
			m.setRecord(line)
			m.each()
		}
	})
	m.caught(func() {
		for _, b := range m.end {
			m.exec(b)
		}
	})
}

func (m *machine) caught(what func()) {
	defer func() {
		if e, is := m.recovered(recover()).(exiting); is {
			m.status = int(e)
		}
	}()
	what()
}

// recovered passes on what is no exit.
func (m *machine) recovered(r any) any {
	switch r.(type) {
	case nil, exiting:
		return r
	}
	panic(r)
}

func (m *machine) each() {
	defer func() {
		switch r := recover().(type) {
		case nil, nexting:
		default:
			panic(r)
		}
	}()
	for _, r := range m.rules {
		if r.pattern != nil && !m.eval(r.pattern).bool() {
			continue
		}
		if r.action == nil {
			m.print(m.record + m.get("ORS").String())
			continue
		}
		m.exec(r.action)
	}
}

// nextLine reads the next line of the operands or of standard input.
func (m *machine) nextLine() (string, bool) {
	for {
		if m.main != nil {
			if line, ok := readLine(m.main); ok {
				return line, true
			}
			m.main = nil
		}
		if len(m.rest) == 0 {
			return "", false
		}
		name := m.rest[0]
		m.rest = m.rest[1:]
		if name == "-" {
			m.main = bufio.NewReader(m.Stdin)
			continue
		}
		f, err := m.Open(name)
		if err != nil {
			m.fail("cannot open %s", name)
		}
		m.readers["operand "+name] = &reader{close: func() { _ = f.Close() }}
		m.main = bufio.NewReader(f)
	}
}

func readLine(r *bufio.Reader) (string, bool) {
	line, err := r.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err == nil || line != ""
}

func (m *machine) print(s string) {
	if _, err := io.WriteString(m.Stdout, s); err != nil {
		panic(exiting(2)) // nobody reads on
	}
}
