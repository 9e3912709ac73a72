package workspace

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckMessage(t *testing.T) {
	section := func(text string) string { return `{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}}` }
	for _, tt := range []struct{ name, text, blocks, want string }{
		{"words alone", "hello", "", ""},
		{"a section", "hello", "[" + section("x") + "]", ""},
		{"nothing", "", "", "no_text"},
		{"text that cannot be edited in", x(4001), "", "msg_too_long"},
		{"no list", "hello", `{}`, "invalid_blocks_format"},
		{"too many blocks", "hello", repeat(51, section("x")), "no more than 50 items"},
		{"a long section", "hello", "[" + section(x(3001)) + "]", "must be less than 3001 characters"},
		{"long in all", "hello", repeat(5, section(x(2900))), "msg_blocks_too_long"},
		{"two blocks by one id", "hello", repeat(2, `{"type":"divider","block_id":"a"}`), "already exists"},
	} {
		got := strings.Join(CheckMessage(tt.text, json.RawMessage(tt.blocks)), "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCheckView(t *testing.T) {
	for _, tt := range []struct{ view, want string }{
		{`{"type":"modal","title":{"type":"plain_text","text":"Deny"},"blocks":[]}`, ""},
		{`{"type":"home","blocks":[{"type":"divider"}]}`, ""},
		{`{"type":"modal","title":{"type":"plain_text","text":"` + x(25) + `"},"blocks":[]}`, "must be less than 25 characters"},
		{`{"type":"modal","title":{"type":"plain_text","text":"Deny"},"blocks":[` + inputWith(`{"type":"plain_text_input"}`) + `]}`, "submit button"},
		{`[]`, "no JSON object"},
	} {
		got := strings.Join(CheckView(json.RawMessage(tt.view)), "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%.60s: %q, want %q", tt.view, got, tt.want)
		}
	}
}
