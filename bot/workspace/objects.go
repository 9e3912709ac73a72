package workspace

import "fmt"

// textKind says which text objects a place takes.
type textKind int

const (
	anyText textKind = iota // plain_text or mrkdwn
	plainOnly
)

// text checks a text object property, if it is there.
// Source: Slack's Block Kit reference, "Composition objects".
func (c *checker) text(o object, name, at string, k textKind, most int) {
	if v, ok := o[name]; ok {
		c.textObject(v, at+"/"+name, k, most)
	}
}

func (c *checker) textObject(v any, at string, k textKind, most int) {
	var o object
	switch {
	case kind(v) == "plain_text":
		o = c.object(v, at, "type text", "emoji")
		c.boolean(o, at, "emoji")
	case kind(v) == "mrkdwn" && k == anyText:
		o = c.object(v, at, "type text", "verbatim")
		c.boolean(o, at, "verbatim")
	default:
		c.fail(at+"/type", "unsupported type: %s", kind(v))
		return
	}
	c.str(o, "text", at, 1, most)
}

func (c *checker) confirm(o object, at string) {
	v, ok := o["confirm"]
	if !ok {
		return
	}
	at += "/confirm"
	d := c.object(v, at, "title text confirm deny", "style")
	c.text(d, "title", at, plainOnly, maxConfirmTitle)
	c.text(d, "text", at, plainOnly, maxConfirmText)
	c.text(d, "confirm", at, plainOnly, maxConfirmButtons)
	c.text(d, "deny", at, plainOnly, maxConfirmButtons)
	c.oneOf(d, "style", at, "primary", "danger")
}

// options checks a list of options. Only checkboxes and radio buttons show mrkdwn.
func (c *checker) options(o object, name, at string, k textKind, least, most int) {
	for i, option := range c.list(o, name, at, least, most) {
		c.option(option, fmt.Sprintf("%s/%s/%d", at, name, i), k)
	}
}

func (c *checker) option(v any, at string, k textKind) {
	o := c.object(v, at, "text value", "description url")
	c.text(o, "text", at, k, maxOptionText)
	c.text(o, "description", at, k, maxOptionText)
	c.str(o, "value", at, 1, maxOptionValue)
	c.str(o, "url", at, 1, maxURL)
}

// initial checks options that are chosen from the start: they must be on offer.
func (c *checker) initial(o object, name, at string) {
	v, ok := o[name]
	if !ok {
		return
	}
	chosen, isList := v.([]any)
	if !isList {
		chosen = []any{v}
	}
	for _, option := range chosen {
		if findOption(o, optionValue(option)) == nil {
			c.fail(at+"/"+name, "must be one of the options")
		}
	}
}

func optionValue(v any) string {
	o, _ := v.(object)
	s, _ := o["value"].(string)
	return s
}

// findOption returns the option with a value, in groups too; nil if there is none.
func findOption(element object, value string) object {
	for _, option := range allOptions(element) {
		if optionValue(option) == value {
			o, _ := option.(object)
			return o
		}
	}
	return nil
}

func allOptions(element object) []any {
	options, _ := element["options"].([]any)
	groups, _ := element["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(object)
		inGroup, _ := group["options"].([]any)
		options = append(options[:len(options):len(options)], inGroup...)
	}
	return options
}
