package simhost

import (
	"strings"
)

// extended makes a Go regular expression of an extended one of POSIX. In
// brackets a backslash is itself.
func extended(p string) string { return translated(p, false) }

// basic does the same with a basic one, in which ( ) { } | + ? are meant only
// with a backslash.
func basic(p string) string { return translated(p, true) }

func translated(p string, isBasic bool) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		switch ch := p[i]; {
		case ch == '[':
			end := bracketEnd(p, i)
			b.WriteString(strings.ReplaceAll(p[i:end], `\`, `\\`))
			i = end - 1
		case ch == '\\' && i+1 < len(p):
			i++
			if isBasic && strings.IndexByte("(){}|+?", p[i]) >= 0 {
				b.WriteByte(p[i])
			} else if strings.IndexByte("<>", p[i]) >= 0 {
				b.WriteString(`\b`)
			} else {
				b.WriteString(`\` + p[i:i+1])
			}
		case isBasic && strings.IndexByte("(){}|+?", ch) >= 0:
			b.WriteString(`\` + p[i:i+1])
		case isBasic && ch == '*' && (i == 0 || p[:i] == "^" || strings.HasSuffix(p[:i], `\(`)):
			b.WriteString(`\*`)
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// bracketEnd is where a bracket expression that begins at i ends.
func bracketEnd(p string, i int) int {
	j := i + 1
	if j < len(p) && p[j] == '^' {
		j++
	}
	if j < len(p) && p[j] == ']' {
		j++
	}
	for ; j < len(p); j++ {
		if strings.HasPrefix(p[j:], "[:") {
			if end := strings.Index(p[j:], ":]"); end > 0 {
				j += end + 1
				continue
			}
		}
		if p[j] == ']' {
			return j + 1
		}
	}
	return len(p)
}
