package workspace

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// CheckMessage returns what Slack would refuse of a message that is posted and
// edited later, in the words that it uses; nothing if it takes it. blocks is the
// JSON of a list of blocks, or empty.
func CheckMessage(text string, blocks json.RawMessage) []string {
	var problems []string
	if n := utf8.RuneCountInString(text); n > maxUpdateText {
		problems = append(problems, fmt.Sprintf("msg_too_long: the text has %d characters", n))
	}
	if n := utf8.RuneCount(blocks); n > maxBlocksJSON {
		problems = append(problems, fmt.Sprintf("msg_blocks_too_long: the blocks have %d characters", n))
	}
	var list []any
	if len(blocks) > 0 {
		if err := json.Unmarshal(blocks, &list); err != nil {
			return append(problems, "invalid_blocks_format: "+err.Error())
		}
	}
	if text == "" && len(list) == 0 {
		problems = append(problems, "no_text")
	}
	c := freeChecker(inMessage)
	c.blocks(list, "/blocks")
	if c.tables > 1 {
		c.problems = append(c.problems, "only_one_table_allowed")
	}
	return append(problems, c.problems...)
}

// CheckView does the same for a modal or a home tab.
func CheckView(view json.RawMessage) []string {
	var o object
	if err := json.Unmarshal(view, &o); err != nil || o == nil {
		return []string{"the view is no JSON object"}
	}
	if len(view) > maxViewJSON {
		return []string{fmt.Sprintf("view_too_large: it has %d bytes", len(view))}
	}
	on := inModal
	if kind(o) == "home" {
		on = inHome
	}
	c := freeChecker(on)
	c.view(o)
	return c.problems
}

// freeChecker is a checker of no workspace.
func freeChecker(on surface) *checker {
	n := 0
	return &checker{surface: on, blockIDs: map[string]bool{}, newID: func() string { n++; return fmt.Sprint("free-", n) }}
}
