package workspace

import (
	"regexp"
	"strings"
)

// visibleText joins all that a person can read, one line for each piece, in the
// order of the screen. Menus, confirm dialogs and placeholders are not shown until
// somebody opens them, and are left out.
func visibleText(text string, blocks []any, n names) string {
	var lines []string
	if text != "" {
		lines = append(lines, n.resolve(text))
	}
	for _, b := range blocks {
		lines = append(lines, n.read(b)...)
	}
	return strings.Join(lines, "\n")
}

// shown lists the properties that hold visible text, in the order of the screen.
var shown = []string{"title", "label", "text", "fields", "elements", "element", "accessory", "hint", "initial_value", "rows", "alt_text"}

// read returns the lines of any part of a block.
func (n names) read(v any) []string {
	switch v := v.(type) {
	case []any:
		var lines []string
		for _, item := range v {
			lines = append(lines, n.read(item)...)
		}
		return lines
	case string:
		return nonEmpty(v)
	case object:
		return n.readObject(v)
	}
	return nil
}

func (n names) readObject(o object) []string {
	switch kind(o) {
	case "mrkdwn":
		s, _ := o["text"].(string)
		return nonEmpty(n.resolve(s))
	case "rich_text_section", "rich_text_preformatted", "rich_text_quote":
		return nonEmpty(n.richLine(o))
	case "table":
		return n.tableLines(o)
	case "static_select", "overflow", "multi_static_select":
		return nil
	}
	var lines []string
	for _, name := range shown {
		lines = append(lines, n.read(o[name])...)
	}
	for _, option := range allOptions(o) { // radio buttons and checkboxes
		lines = append(lines, n.read(option)...)
	}
	return lines
}

func (n names) tableLines(o object) []string {
	rows, _ := o["rows"].([]any)
	var lines []string
	for _, row := range rows {
		cells, _ := row.([]any)
		var texts []string
		for _, cell := range cells {
			texts = append(texts, strings.Join(n.read(cell), " "))
		}
		lines = append(lines, strings.Join(texts, " | "))
	}
	return lines
}

// richLine joins the leaves of a rich text section without gaps.
func (n names) richLine(o object) string {
	leaves, _ := o["elements"].([]any)
	var b strings.Builder
	for _, l := range leaves {
		leaf, _ := l.(object)
		get := func(name string) string { s, _ := leaf[name].(string); return s }
		switch kind(leaf) {
		case "user", "channel", "usergroup":
			b.WriteString(n.mention(get("user_id") + get("channel_id") + get("usergroup_id")))
		case "broadcast":
			b.WriteString("@" + get("range"))
		case "emoji":
			b.WriteString(":" + get("name") + ":")
		default:
			b.WriteString(firstOf(get("text"), get("fallback"), get("url"), get("value")))
		}
	}
	return b.String()
}

var (
	angle  = regexp.MustCompile(`<([^<>]+)>`)
	entity = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// resolve turns mrkdwn's mentions, links and escapes into what a person reads.
// Stars, underscores and backquotes stay as they are.
func (n names) resolve(s string) string {
	return entity.Replace(angle.ReplaceAllStringFunc(s, func(m string) string { return n.bracket(m[1 : len(m)-1]) }))
}

// bracket reads what stands between < and >.
func (n names) bracket(s string) string {
	target, label, _ := strings.Cut(s, "|")
	switch {
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		return n.mention(target[1:])
	case strings.HasPrefix(target, "!subteam^"):
		return n.mention(strings.TrimPrefix(target, "!subteam^"))
	case strings.HasPrefix(target, "!date^"):
		return label
	case strings.HasPrefix(target, "!"):
		return "@" + target[1:]
	}
	return firstOf(label, target)
}

// mention is @name for people and groups and #name for channels.
func (n names) mention(id string) string {
	sign := "@"
	if strings.HasPrefix(id, "C") || strings.HasPrefix(id, "G") {
		sign = "#"
	}
	return sign + firstOf(n[id], id)
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
