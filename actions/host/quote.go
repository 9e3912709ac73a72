package host

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// quoteText makes one shell word of trusted text with line breaks, which
// syntax.Quote takes for none that POSIX can write.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quote makes one shell word of a value from outside.
func quote(s string) (string, error) { return syntax.Quote(s, syntax.LangPOSIX) }
