package awk

import (
	"fmt"
	"strings"
)

// token kinds: an operator or a keyword is its own text.
const (
	isEnd     = "end"
	isNewline = "newline"
	isNumber  = "number"
	isString  = "string"
	isRegexp  = "regexp"
	isName    = "name"
	isCall    = "call" // a name right before a parenthesis
)

type token struct {
	kind, text string
}

var keywords = map[string]bool{
	"BEGIN": true, "END": true, "function": true, "if": true, "else": true, "while": true, "for": true, "do": true,
	"in": true, "next": true, "exit": true, "return": true, "break": true, "continue": true, "delete": true,
	"print": true, "printf": true, "getline": true,
}

var operators = []string{
	"&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "==", "<=", ">=", "!=", "!~",
	"{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
}

func lex(text string) ([]token, error) {
	var all []token
	for text != "" {
		c := text[0]
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			text = text[1:]
		case strings.HasPrefix(text, "\\\n"):
			text = text[2:]
		case c == '\n':
			all, text = append(all, token{isNewline, ""}), text[1:]
		case c == '#':
			end := strings.IndexByte(text, '\n')
			if end < 0 {
				end = len(text)
			}
			text = text[end:]
		case c == '"':
			value, rest, ok := quoted(text[1:], '"')
			if !ok {
				return nil, fmt.Errorf("a string does not end: %.40s", text)
			}
			all, text = append(all, token{isString, unescaped(value)}), rest
		case c == '/' && operandNext(all):
			value, rest, ok := pattern(text[1:])
			if !ok {
				return nil, fmt.Errorf("a regular expression does not end: %.40s", text)
			}
			all, text = append(all, token{isRegexp, value}), rest
		case c >= '0' && c <= '9' || c == '.' && len(text) > 1 && text[1] >= '0' && text[1] <= '9':
			n := len(text) - len(strings.TrimLeft(text, "0123456789."))
			all, text = append(all, token{isNumber, text[:n]}), text[n:]
		case isLetter(c):
			n := 1
			for n < len(text) && (isLetter(text[n]) || text[n] >= '0' && text[n] <= '9') {
				n++
			}
			all, text = append(all, word(text[:n], text[n:])), text[n:]
		default:
			op := operatorOf(text)
			if op == "" {
				return nil, fmt.Errorf("what begins here is not understood: %.40s", text)
			}
			all, text = append(all, token{op, op}), text[len(op):]
		}
	}
	return append(all, token{isEnd, ""}), nil
}

func word(name, rest string) token {
	switch {
	case keywords[name]:
		return token{name, name}
	case strings.HasPrefix(rest, "("):
		return token{isCall, name}
	}
	return token{isName, name}
}

func operatorOf(text string) string {
	for _, op := range operators {
		if strings.HasPrefix(text, op) {
			return op
		}
	}
	return ""
}

// operandNext tells a regular expression from a division.
func operandNext(before []token) bool {
	if len(before) == 0 {
		return true
	}
	switch before[len(before)-1].kind {
	case isNumber, isString, isName, ")", "]", "++", "--":
		return false
	}
	return true
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// quoted cuts text at the next mark without a backslash before it.
func quoted(text string, mark byte) (value, rest string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case mark:
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

// pattern cuts text at the slash that ends a regular expression; one in
// brackets does not.
func pattern(text string) (value, rest string, ok bool) {
	in := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '[' && !in:
			in = true
			if i+1 < len(text) && text[i+1] == '^' {
				i++
			}
			if i+1 < len(text) && text[i+1] == ']' {
				i++
			}
		case c == ']':
			in = false
		case c == '/' && !in:
			return strings.ReplaceAll(text[:i], `\/`, "/"), text[i+1:], true
		}
	}
	return "", "", false
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '"': '"', '\\': '\\', '/': '/', 'a': 7, 'b': 8, 'f': 12, 'v': 11}

func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if c, known := escapes[s[i+1]]; known {
				b.WriteByte(c)
				i++
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
