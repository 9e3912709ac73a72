package bot

import (
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// sheet is a headline and lists under it: what a command answers that asks how
// things are.
type sheet struct {
	head  string
	lists []titled
	foot  string
}

type titled struct {
	title string
	items []string // escaped, one line each
}

// message shows as many items of each list as there is room for, and says how
// many more there are. Its text says the same as its blocks, as far as it can.
func (s sheet) message() message {
	return fit(maxBlockBytes, func(room int) message {
		blocks := []slack.Block{section(s.head)}
		for _, l := range s.lists {
			blocks = append(blocks, list("*"+l.title+"*", l.items, room)...)
		}
		if s.foot != "" {
			blocks = append(blocks, footnote(s.foot))
		}
		return message{Text: s.text(room), Blocks: blocks}
	})
}

// text fills what there is room for from the top. Every list is at least named
// with how much there is of it.
func (s sheet) text(room int) string {
	const least = 60 // of a list that comes late
	text := s.head
	left := maxFallback - utf8.RuneCountInString(s.head+s.foot) - 2
	for i, l := range s.lists {
		if len(l.items) == 0 {
			continue
		}
		named := "\n*" + l.title + "*\n"
		mine := left - utf8.RuneCountInString(named) - least*2*(len(s.lists)-i)
		items := take(l.items, "\n", max(0, min(room, mine)))
		text += named + items
		left -= utf8.RuneCountInString(named + items)
	}
	if s.foot != "" {
		text += "\n" + s.foot
	}
	return cut(text, maxFallback)
}
