package workspace

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What Slack answers to a command that cannot be run where it was typed.
var (
	ErrNotInThreads = errors.New("commands are not supported in threads")
	ErrNothing      = errors.New("there is nothing to send")
)

// Type does what Slack's client does with a line that the person typed: it runs a
// slash command, and posts all else with its mentions and links in wire form. A
// blank before the slash makes it a message. threadTS may be empty.
func (p Person) Type(ctx context.Context, channelID, threadTS, line string) error {
	said := strings.TrimSpace(line)
	if said == "" {
		return ErrNothing
	}
	if !strings.HasPrefix(line, "/") {
		_, err := p.Say(channelID, p.w.compose(said), threadTS)
		return err
	}
	command, text, _ := strings.Cut(line, " ")
	if threadTS != "" {
		return fmt.Errorf("%s: %w", command, ErrNotInThreads)
	}
	_, err := p.Command(ctx, channelID, command, strings.TrimSpace(text))
	return err
}

// marks finds what a client turns into wire form: code, which stays as it is,
// addresses, and the names of people, groups and channels.
var marks = regexp.MustCompile("```(?s:.*?)```|`[^`\n]*`|https?://[^\\s<>\"]+|[@#][\\w.-]*\\w")

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// compose turns what a person types into Slack's wire form: <@U…> for @alice,
// <!subteam^S…> for a group, <#C…> for a channel, <https://…> for an address.
func (w *Workspace) compose(text string) string {
	var b strings.Builder
	last := 0
	for _, at := range marks.FindAllStringIndex(text, -1) {
		b.WriteString(escape.Replace(text[last:at[0]]))
		b.WriteString(w.mark(text[at[0]:at[1]], at[0] > 0 && isWord(text[at[0]-1])))
		last = at[1]
	}
	b.WriteString(escape.Replace(text[last:]))
	return b.String()
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}

// mark is the wire form of one mark. A name that follows a letter, as in an e-mail
// address, is none.
func (w *Workspace) mark(s string, afterWord bool) string {
	switch {
	case s[0] == 'h':
		return "<" + escape.Replace(s) + ">"
	case s[0] == '`' || afterWord:
		return escape.Replace(s)
	}
	if wire := w.mention(s[0], s[1:]); wire != "" {
		return wire
	}
	return escape.Replace(s)
}

// mention is empty if nobody has the name.
func (w *Workspace) mention(sign byte, name string) string {
	if sign == '#' {
		for _, c := range w.cfg.Channels {
			if c.Name == name {
				return "<#" + c.ID + ">"
			}
		}
		return ""
	}
	switch name {
	case "here", "channel", "everyone":
		return "<!" + name + ">"
	case w.cfg.App.Name:
		return "<@" + w.cfg.App.BotUserID + ">"
	}
	for _, u := range w.cfg.Users {
		if name == u.Name || name == u.display() {
			return "<@" + u.ID + ">"
		}
	}
	for _, g := range w.cfg.UserGroups {
		if g.Handle == name {
			return "<!subteam^" + g.ID + ">"
		}
	}
	return ""
}
