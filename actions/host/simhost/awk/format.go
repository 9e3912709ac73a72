package awk

import (
	"fmt"
	"strings"
)

func (m *machine) format(args []*node) string {
	verbs, values := m.eval(args[0]).String(), args[1:]
	var b strings.Builder
	for i := 0; i < len(verbs); i++ {
		if verbs[i] != '%' {
			b.WriteByte(verbs[i])
			continue
		}
		end := i + 1
		for end < len(verbs) && strings.IndexByte("-+ #0123456789.", verbs[end]) >= 0 {
			end++
		}
		if end == len(verbs) {
			m.fail("a format ends in the middle: %s", verbs)
		}
		how, verb := verbs[i:end], verbs[end]
		if len(how) > 6 {
			m.fail("%s is wider than what is printed here", how)
		}
		i = end
		if verb == '%' {
			b.WriteByte('%')
			continue
		}
		var v value
		if len(values) > 0 {
			v, values = m.eval(values[0]), values[1:]
		}
		switch verb {
		case 's':
			fmt.Fprintf(&b, how+"s", v.String())
		case 'd', 'i':
			fmt.Fprintf(&b, how+"d", int64(v.number()))
		case 'c':
			fmt.Fprintf(&b, how+"s", v.String()[:min(1, len(v.String()))])
		case 'x', 'o':
			fmt.Fprintf(&b, how+string(verb), int64(v.number()))
		case 'f', 'g', 'e':
			fmt.Fprintf(&b, how+string(verb), v.number())
		default:
			m.fail("%%%c is not understood", verb)
		}
	}
	return b.String()
}
