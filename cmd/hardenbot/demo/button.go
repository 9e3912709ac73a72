package demo

import (
	"bytes"
	"encoding/json"

	"hardenbot/bot/workspace"
)

// button finds the Fix… button of a finding: in the newest scan or its thread,
// in the block below the one that has the title.
func (p *player) button(title string) (on workspace.Message, block string, ok bool) {
	for _, m := range p.ws.Thread(ops, p.found.TS) {
		if block := blockBelow(m.Blocks, title, "fix"); block != "" {
			return m, block, true
		}
	}
	return workspace.Message{}, "", false
}

// blockBelow returns the id of the block with the action that stands right below
// the one that has the text.
func blockBelow(blocks json.RawMessage, text, action string) string {
	var all []json.RawMessage
	if json.Unmarshal(blocks, &all) != nil {
		return ""
	}
	for i, b := range all[:max(0, len(all)-1)] {
		var below struct {
			BlockID  string `json:"block_id"`
			Elements []struct {
				ActionID string `json:"action_id"`
			} `json:"elements"`
		}
		if !bytes.Contains(b, []byte(text)) || json.Unmarshal(all[i+1], &below) != nil {
			continue
		}
		for _, e := range below.Elements {
			if e.ActionID == action {
				return below.BlockID
			}
		}
	}
	return ""
}
