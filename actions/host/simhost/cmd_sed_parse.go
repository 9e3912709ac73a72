package simhost

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// sedParse parses commands up to the end or a closing brace.
func sedParse(text string, isBasic bool) (steps []sedStep, rest string, err error) {
	for {
		text = strings.TrimLeft(text, " \t\n;")
		if text == "" || text[0] == '}' {
			return steps, text, nil
		}
		var s sedStep
		if s, text, err = sedAddress(text, isBasic); err != nil || text == "" {
			return nil, text, fmt.Errorf("no command: %v", err)
		}
		s.what = text[0]
		text = text[1:]
		switch s.what {
		case 'p', 'd', 'q':
		case '{':
			if s.block, text, err = sedParse(text, isBasic); err != nil {
				return nil, text, err
			}
			if text == "" {
				return nil, "", fmt.Errorf("a block does not end")
			}
			text = text[1:]
		case 's':
			if text, err = s.substitution(text, isBasic); err != nil {
				return nil, text, err
			}
		default:
			return nil, string(s.what) + text, fmt.Errorf("unknown command")
		}
		steps = append(steps, s)
	}
}

func sedAddress(text string, isBasic bool) (s sedStep, rest string, err error) {
	switch {
	case text[0] == '$':
		s.line = -1
		return s, text[1:], nil
	case text[0] == '/':
		pattern, rest, ok := delimited(text[1:], '/')
		if !ok {
			return s, text, fmt.Errorf("a pattern does not end")
		}
		s.pattern, err = compiled(pattern, isBasic, false)
		return s, rest, err
	case text[0] >= '0' && text[0] <= '9':
		n := len(text) - len(strings.TrimLeft(text, "0123456789"))
		s.line, err = strconv.Atoi(text[:n])
		return s, text[n:], err
	}
	return s, text, nil
}

func (s *sedStep) substitution(text string, isBasic bool) (rest string, err error) {
	if text == "" {
		return "", fmt.Errorf("s without a delimiter")
	}
	mark := text[0]
	pattern, text, ok := delimited(text[1:], mark)
	if !ok {
		return text, fmt.Errorf("s does not end")
	}
	if s.with, text, ok = delimited(text, mark); !ok {
		return text, fmt.Errorf("s does not end")
	}
	fold := false
	for text != "" && strings.IndexByte("gpiI", text[0]) >= 0 {
		s.all = s.all || text[0] == 'g'
		s.print = s.print || text[0] == 'p'
		fold = fold || text[0]|0x20 == 'i'
		text = text[1:]
	}
	s.find, err = compiled(pattern, isBasic, fold)
	return text, err
}

// delimited cuts at the next mark that is not in brackets and has no backslash.
func delimited(text string, mark byte) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case ch == '\\' && i+1 < len(text):
			i++
			if text[i] != mark {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		case ch == mark:
			return b.String(), text[i+1:], true
		case ch == '[' && mark != '[':
			// The end of the brackets must come before the mark could.
			if end := bracketEnd(text, i); end <= len(text) && text[end-1] == ']' {
				b.WriteString(text[i:end])
				i = end - 1
				continue
			}
			b.WriteByte(ch)
		default:
			b.WriteByte(ch)
		}
	}
	return "", "", false
}

func compiled(pattern string, isBasic, fold bool) (*regexp.Regexp, error) {
	pattern = translated(pattern, isBasic)
	if fold {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err == nil {
		re.Longest()
	}
	return re, err
}
