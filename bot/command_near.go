package bot

import (
	"fmt"
	"regexp"
	"strings"
)

// What somebody may have meant who typed something else.

// echo is what somebody typed, as far as it may stand in an answer to them.
func echo(s string, most int) string {
	return strings.ReplaceAll(cut(clean(s, most), most), "`", "'")
}

// unknownVerb says what the person may have meant. What stands in backquotes
// can be pasted back.
func unknownVerb(fields []string) error {
	word, rest := echo(fields[0], 40), echo(strings.Join(fields[1:], " "), 120)
	if hostLike.MatchString(word) {
		return fmt.Errorf("%s is no command; did you mean /harden scan, as in `/harden scan %s`", word, echo(strings.Join(fields, " "), 120))
	}
	v, near := nearest(word)
	switch {
	case near && rest != "":
		return fmt.Errorf("there is no command %s; did you mean /harden %s, as in `/harden %s %s`", word, v.name, v.name, rest)
	case near:
		return fmt.Errorf("there is no command %s; did you mean /harden %s%s?", word, v.name, v.args)
	case rest == "" && remedyLike.MatchString(word):
		return fmt.Errorf("there is no command %s; /harden help lists those that there are, and `/harden scan %s` looks at a host of that name", word, word)
	}
	return fmt.Errorf("there is no command %s; /harden help lists those that there are", word)
}

// hostLike tells a pattern or the name of a host from a mistyped command.
var hostLike = regexp.MustCompile(`^[!@]?[A-Za-z0-9._-]*([*?\[{,0-9]|[._-].)`)

// nearest returns the command that the word is most like, if it is like one:
// the beginning of one, or at most two letters from it.
func nearest(word string) (near verb, ok bool) {
	word = strings.ToLower(bare(word, "-?!"))
	least := 3
	for _, v := range verbs {
		d := distance(cut(word, 20), v.name)
		if len(word) >= 2 && strings.HasPrefix(v.name, word) {
			d = min(d, 1)
		}
		if d < least && 2*d <= len(v.name) {
			near, least = v, d
		}
	}
	return near, least < 3
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to make b of a.
func distance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			wrong := 1
			if a[i] == b[j] {
				wrong = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+wrong)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
