package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Slack's limits, with room to spare where they are not documented exactly.
const (
	maxBlocks        = 50
	maxBlockBytes    = 11_800 // of all blocks as JSON; Slack refuses about 13,200 characters
	maxSection       = 3000
	maxField         = 2000
	maxHeader        = 150
	maxFallback      = 2900 // of the text beside the blocks; chat.update takes 4000
	maxConfirm       = 300
	maxConfirmButton = 30
	maxReason        = 1000
)

// message is what is shown: blocks, and a text that says all of it in short
// for notifications and screen readers.
type message struct {
	Text   string
	Blocks []slack.Block
}

// say is a message of words alone.
func say(format string, args ...any) message {
	return message{Text: fallback(fmt.Sprintf(format, args...))}
}

// size is what Slack counts: the blocks as JSON.
func size(blocks ...slack.Block) int { return len(asJSON(blocks)) }

func asJSON(blocks []slack.Block) string {
	raw, err := json.Marshal(blocks)
	if err != nil {
		panic("bot: blocks without JSON form: " + err.Error())
	}
	return string(raw)
}

func fits(blocks []slack.Block) bool {
	return len(blocks) <= maxBlocks && size(blocks...) <= maxBlockBytes
}

// fit builds a message of at most so many bytes, with as much room for each of
// its lists as that allows.
func fit(bytes int, build func(room int) message) message {
	for room := maxSection; room >= 80; room = room * 3 / 4 {
		if m := build(room); len(m.Blocks) <= maxBlocks && size(m.Blocks...) <= bytes {
			return m
		}
	}
	m := build(0)
	m.Blocks = nil
	return m
}

func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func header(s string) slack.Block { return slack.NewHeaderBlock(plainText(plain(s, maxHeader))) }

func section(s string) slack.Block { return slack.NewSectionBlock(mrkdwn(s), nil, nil) }

func footnote(s string) slack.Block { return slack.NewContextBlock("", mrkdwn(s)) }

// list shows a title and as many of the items as there is room for, and says
// how many more there are. It is empty without items.
func list(title string, items []string, room int) []slack.Block {
	if len(items) == 0 {
		return nil
	}
	return []slack.Block{section(title + "\n" + take(items, "\n", room))}
}

// take joins whole items while they fit into room characters, and says how
// many more there are.
func take(items []string, between string, room int) string {
	room = min(room, maxSection-200) // for a title, and for the last line here
	var b strings.Builder
	used := 0
	for i, item := range items {
		used += utf8.RuneCountInString(between + item)
		if used > room {
			return b.String() + fmt.Sprintf("%s… and %d more", ifAny(between, i), len(items)-i)
		}
		b.WriteString(ifAny(between, i) + item)
	}
	return b.String()
}

func ifAny(between string, before int) string {
	if before == 0 {
		return ""
	}
	return between
}

// names lists hosts, folded after most of them.
func names(hosts []string, most int) string {
	shown := make([]string, 0, most+1)
	for _, h := range hosts[:min(most, len(hosts))] {
		shown = append(shown, words(h, 64))
	}
	if more := len(hosts) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}

// count is "1 host", "4 hosts".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// fold gathers who has the same to say: each distinct text once, in order of
// first appearance, with everybody it holds for.
func fold[T any](all []T, text func(T) string, who func(T) string) (texts []string, holders [][]string) {
	at := map[string]int{}
	for _, v := range all {
		said := text(v)
		i, seen := at[said]
		if !seen {
			i = len(texts)
			at[said] = i
			texts, holders = append(texts, said), append(holders, nil)
		}
		holders[i] = append(holders[i], who(v))
	}
	return texts, holders
}
