package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// scriptText is all that a plan does, word for word, and to whom else. Hosts
// with the same commands are told together.
func scriptText(plan actions.Plan) string {
	texts, who := fold(plan.Hosts,
		func(h actions.HostPlan) string { return changeText(h.Change) },
		func(h actions.HostPlan) string { return h.Host.Name })
	var b strings.Builder
	for _, other := range plan.Others {
		fmt.Fprintf(&b, "# Also affected: %s\n", plain(other, maxOther))
	}
	for i, text := range texts {
		fmt.Fprintf(&b, "## %s\n%s", exact(strings.Join(who[i], ", ")), text)
	}
	return b.String()
}

// maxOther is the most of one name: those that people give have up to 255
// characters, and an identifier beside them.
const maxOther = 400

func changeText(c actions.Change) string {
	var b strings.Builder
	for i, s := range c.Steps {
		fmt.Fprintf(&b, "# %d. %s%s\n%s\n", i+1, clean(s.Says, maxReason), marks(s), command(does(s), s.Call))
		if s.Undo != "" || s.UndoCall != nil {
			fmt.Fprintf(&b, "# %d. undone by\n%s\n", i+1, command(s.Undo, s.UndoCall))
		}
	}
	return b.String()
}

// does is a step's script; of a restart, what hardenbot does instead.
func does(s actions.Step) string {
	if s.Reboot {
		return "reboot_soon BOOT_ID   # once; then wait " + s.Timeout.String() + " at most for another boot id"
	}
	return s.Do
}

// command is a step's script, or its call as a command.
func command(script string, call *actions.Call) string {
	if call != nil {
		script = call.String()
	}
	return strings.TrimRight(exact(script), "\n")
}

// script is the commands as messages of their own, in order, where they do not
// fit into the plan's message.
func script(plan actions.Plan) []message {
	text := scriptText(plan)
	if quoted(text) <= maxInline {
		return nil
	}
	chunks := chunked(text, maxBlockBytes-1500)
	pieces := make([]message, len(chunks))
	for i, chunk := range chunks {
		of := fmt.Sprintf("The exact commands of plan %s, %d of %d", plan.ID, i+1, len(chunks))
		pieces[i] = message{Text: of, Blocks: []slack.Block{section("*" + of + "*" + howRun(plan)), literal(chunk)}}
	}
	return pieces
}

// literal shows text as it is: rich text knows no markup.
func literal(text string) slack.Block {
	return slack.NewRichTextBlock("", &slack.RichTextPreformatted{
		Type:     slack.RTEPreformatted,
		Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(text, nil)},
	})
}

// chunked cuts text into chunks whose JSON takes at most so many bytes, between
// lines where that can be.
func chunked(text string, most int) []string {
	var chunks []string
	chunk, used := "", 0
	for line := range strings.Lines(text) {
		for _, part := range parts(line, most) {
			if n := quoted(part); used+n > most {
				chunks = append(chunks, chunk)
				chunk, used = "", 0
			}
			chunk += part
			used += quoted(part)
		}
	}
	return append(chunks, chunk)
}

// parts cuts a line that is too long for a chunk of its own.
func parts(line string, most int) []string {
	var out []string
	for len(line) > most || quoted(line) > most { // JSON is never shorter
		at := most / 12 // no character takes more than 12 bytes of JSON
		for !utf8.RuneStart(line[at]) {
			at--
		}
		out = append(out, line[:at])
		line = line[at:]
	}
	return append(out, line)
}

// quoted is the size of text as JSON.
func quoted(text string) int {
	raw, _ := json.Marshal(text) // a string always has a JSON form
	return len(raw)
}
