package remedies

import (
	"fmt"

	"mvdan.cc/sh/v3/syntax"
)

// quote returns s as one word of a POSIX shell script. It refuses what cannot
// be written so: NUL bytes and characters that do not print.
func quote(s string) (string, error) {
	word, err := syntax.Quote(s, syntax.LangPOSIX)
	if err != nil {
		return "", fmt.Errorf("%q cannot be passed to a shell safely: mend this one by hand", s)
	}
	return word, nil
}
