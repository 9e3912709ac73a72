package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes foreign text safe for a terminal: characters that control it
// or reorder the line are written as \xNN or \u{NNNN}, and text beyond most
// characters is cut off.
func printable(s string, most int) string {
	var b strings.Builder
	n := 0
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if n++; n > most {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%04x}`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// wrap breaks text into lines of at most width characters, at blanks where
// there are any.
func wrap(text string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(text) {
		for utf8.RuneCountInString(word) > width {
			if current != "" {
				lines, current = append(lines, current), ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:width])), string(runes[width:])
		}
		switch {
		case current == "":
			current = word
		case utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) <= width:
			current += " " + word
		default:
			lines, current = append(lines, current), word
		}
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}

// indented wraps text to the width of the output, after a first prefix and
// then as many blanks.
func indented(first, text string) string {
	blanks := strings.Repeat(" ", utf8.RuneCountInString(first))
	return first + strings.Join(wrap(text, width-len(blanks)), "\n"+blanks) + "\n"
}

// width is how many columns tables take.
const width = 100
