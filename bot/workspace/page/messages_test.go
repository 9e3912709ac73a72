package page_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// TestTheBotsMessages shows every message that the bot's own tests keep as an
// example.
func TestTheBotsMessages(t *testing.T) {
	examples, err := filepath.Glob("../../testdata/*.json")
	must(t, err)
	if len(examples) == 0 {
		t.Fatal("there are no examples of the bot's messages")
	}
	ws := serve(t)
	ws.SetRate("chat.postMessage", workspace.Rate{})
	b := browse(t, ws)
	for _, path := range examples {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		posted := 0
		for _, m := range readExample(t, path) {
			form := url.Values{"channel": {wst.Ops}, "text": {m.Text}, "blocks": {string(m.Blocks)}}
			_, answer := visit(t, ws, http.MethodPost, "api/chat.postMessage", form.Encode(), func(r *http.Request) {
				r.Header.Set("Authorization", "Bearer "+wst.BotToken)
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			})
			if !strings.Contains(answer, `"ok":true`) {
				t.Fatalf("%s: %s", name, answer)
			}
			posted++
		}
		all := ws.Messages(wst.Ops)
		b.waits(`document.querySelector('[data-ts="` + all[len(all)-1].TS + `"]')`)
		if unknown := eval[int](b, `document.querySelectorAll('.unknown').length`); unknown > 0 {
			t.Errorf("%s: %d parts are not known to the page", name, unknown)
		}
		b.eval(`document.querySelector('[data-ts="` + all[len(all)-posted].TS + `"]').scrollIntoView()`)
		b.shot(name)
		for _, problem := range b.audit() {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

type example struct {
	Text   string
	Blocks json.RawMessage
}

func readExample(t *testing.T, path string) []example {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	var all []example
	must(t, json.Unmarshal(text, &all))
	return all
}
