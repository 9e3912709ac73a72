package simhost

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// sedStep is one command of sed, with the lines that it is for.
type sedStep struct {
	line    int // 0: any; -1: the last
	pattern *regexp.Regexp
	what    byte // s, p, d, q, {
	with    string
	all     bool // s///g
	print   bool // s///p
	find    *regexp.Regexp
	block   []sedStep
}

// sed knows s, p, d, q and blocks; line numbers, $ and patterns before them.
func sed(c *call) int {
	var scripts []string
	args := slices.Clone(c.args[1:])
	for i := 0; i+1 < len(args); i++ {
		if args[i] == "-e" {
			scripts = append(scripts, args[i+1])
			args = slices.Delete(args, i, i+2)
			i--
		}
	}
	set, rest, bad := options(args, "nEr")
	if bad != "" {
		return c.unknown(bad)
	}
	if len(scripts) == 0 && len(rest) > 0 {
		scripts, rest = rest[:1], rest[1:]
	}
	isBasic := set["E"] == "" && set["r"] == ""
	steps, left, err := sedParse(strings.Join(scripts, "\n"), isBasic)
	if err != nil || left != "" {
		return c.unknown(fmt.Sprintf("what begins with %.20q (%v)", left, err))
	}
	var lines []string
	status := c.inputs(rest, func(_ string, r io.Reader) {
		raw, _ := io.ReadAll(r)
		if text := strings.TrimSuffix(string(raw), "\n"); len(raw) > 0 {
			lines = append(lines, strings.Split(text, "\n")...)
		}
	})
	for i, line := range lines {
		kept, quit := c.sedLine(steps, &line, i+1, i == len(lines)-1)
		if kept && set["n"] == "" {
			c.printf("%s\n", line)
		}
		if quit {
			break
		}
	}
	return status
}

func (c *call) sedLine(steps []sedStep, line *string, number int, last bool) (kept, quit bool) {
	for _, s := range steps {
		if s.line > 0 && s.line != number || s.line == -1 && !last || s.pattern != nil && !s.pattern.MatchString(*line) {
			continue
		}
		switch s.what {
		case 'p':
			c.printf("%s\n", *line)
		case 'd':
			return false, false
		case 'q':
			return true, true
		case '{':
			if kept, quit := c.sedLine(s.block, line, number, last); !kept || quit {
				return kept, quit
			}
		case 's':
			if s.find.MatchString(*line) {
				*line = s.replaced(*line)
				if s.print {
					c.printf("%s\n", *line)
				}
			}
		}
	}
	return true, false
}

func (s sedStep) replaced(line string) string {
	var b strings.Builder
	last := 0
	for _, at := range s.find.FindAllStringSubmatchIndex(line, -1) {
		b.WriteString(line[last:at[0]])
		for i := 0; i < len(s.with); i++ {
			switch ch := s.with[i]; {
			case ch == '&':
				b.WriteString(line[at[0]:at[1]])
			case ch == '\\' && i+1 < len(s.with):
				i++
				if n := int(s.with[i] - '0'); n >= 1 && n <= 9 {
					if 2*n+1 < len(at) && at[2*n] >= 0 {
						b.WriteString(line[at[2*n]:at[2*n+1]])
					}
				} else if s.with[i] == 'n' {
					b.WriteByte('\n')
				} else {
					b.WriteByte(s.with[i])
				}
			default:
				b.WriteByte(ch)
			}
		}
		last = at[1]
		if !s.all {
			break
		}
	}
	return b.String() + line[last:]
}
