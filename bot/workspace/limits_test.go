package workspace

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// newTestWorkspace is a workspace that nobody serves.
func newTestWorkspace(t testing.TB) *Workspace {
	w, err := New(Config{
		URL: "http://127.0.0.1", Team: Team{ID: "T1"}, App: App{ID: "A1", Name: "bot", BotUserID: "U1", BotID: "B1"},
		Users:    []User{{ID: "U2", Name: "alice", DisplayName: "alice"}},
		Channels: []Channel{{ID: "C1", Name: "ops"}}, UserGroups: []UserGroup{{ID: "S1", Handle: "approvers"}},
		BotToken: "xoxb-1", AppToken: "xapp-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func x(n int) string { return strings.Repeat("é", n) } // two bytes each: characters count

func plainText(n int) string  { return fmt.Sprintf(`{"type":"plain_text","text":%q}`, x(n)) }
func markedText(n int) string { return fmt.Sprintf(`{"type":"mrkdwn","text":%q}`, x(n)) }

func repeat(n int, item string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

func sectionWith(rest string) string {
	return `{"type":"section","text":{"type":"mrkdwn","text":"x"},` + rest + `}`
}
func actionsWith(element string) string {
	return `{"type":"actions","elements":[` + element + `]}`
}
func buttonWith(rest string) string {
	return actionsWith(`{"type":"button","text":` + plainText(1) + `,` + rest + `}`)
}
func inputWith(element string) string {
	return `{"type":"input","label":` + plainText(1) + `,"element":` + element + `}`
}
func options(n int) string {
	return repeat(n, `{"text":`+plainText(1)+`,"value":"v"}`)
}

// TestBlockLimits holds, for each limit, a block at the limit and one beyond it.
func TestBlockLimits(t *testing.T) {
	confirm := func(title, text, button int) string {
		return fmt.Sprintf(`"confirm":{"title":%s,"text":%s,"confirm":%s,"deny":%s}`,
			plainText(title), plainText(text), plainText(button), plainText(button))
	}
	ok := `{"type":"button","action_id":"a","text":` + plainText(1) + `}`
	many := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, strings.Replace(ok, `"a"`, fmt.Sprintf(`"a%d"`, i), 1))
		}
		return actionsWith(strings.Join(all, ","))
	}
	for _, tt := range []struct{ name, good, bad, want string }{
		{"section text", `{"type":"section","text":` + markedText(3000) + `}`, `{"type":"section","text":` + markedText(3001) + `}`, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"empty text", `{"type":"section","text":` + plainText(1) + `}`, `{"type":"section","text":` + plainText(0) + `}`, "must be more than 0 characters"},
		{"empty section", sectionWith(`"expand":true`), `{"type":"section"}`, "must define either `fields` or `text`"},
		{"fields", `{"type":"section","fields":` + repeat(10, markedText(1)) + `}`, `{"type":"section","fields":` + repeat(11, markedText(1)) + `}`, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
		{"field text", `{"type":"section","fields":[` + markedText(2000) + `]}`, `{"type":"section","fields":[` + markedText(2001) + `]}`, "2001 characters [json-pointer:/blocks/0/fields/0/text]"},
		{"header", `{"type":"header","text":` + plainText(150) + `}`, `{"type":"header","text":` + plainText(151) + `}`, "less than 151 characters"},
		{"header mrkdwn", `{"type":"header","text":` + plainText(1) + `}`, `{"type":"header","text":` + markedText(1) + `}`, "unsupported type: mrkdwn"},
		{"context items", `{"type":"context","elements":` + repeat(10, markedText(1)) + `}`, `{"type":"context","elements":` + repeat(11, markedText(1)) + `}`, "no more than 10 items"},
		{"context button", `{"type":"context","elements":[` + markedText(1) + `]}`, `{"type":"context","elements":[` + ok + `]}`, "unsupported type: button"},
		{"actions", many(25), many(26), "no more than 25 items"},
		{"no actions", many(1), actionsWith(""), "no fewer than 1 items"},
		{"same action ID", many(2), actionsWith(ok + "," + ok), "already exists"},
		{"action ID", buttonWith(fmt.Sprintf(`"action_id":%q`, x(255))), buttonWith(fmt.Sprintf(`"action_id":%q`, x(256))), "less than 256 characters"},
		{"block ID", fmt.Sprintf(`{"type":"divider","block_id":%q}`, x(255)), fmt.Sprintf(`{"type":"divider","block_id":%q}`, x(256)), "less than 256 characters"},
		{"same block ID", `{"type":"divider","block_id":"a"},{"type":"divider","block_id":"b"}`, `{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}`, "already exists [json-pointer:/blocks/1/block_id]"},
		{"button text", actionsWith(`{"type":"button","text":` + plainText(75) + `}`), actionsWith(`{"type":"button","text":` + plainText(76) + `}`), "less than 76 characters"},
		{"button mrkdwn", buttonWith(`"value":"v"`), actionsWith(`{"type":"button","text":` + markedText(1) + `}`), "unsupported type: mrkdwn"},
		{"button value", buttonWith(fmt.Sprintf(`"value":%q`, x(2000))), buttonWith(fmt.Sprintf(`"value":%q`, x(2001))), "less than 2001 characters"},
		{"button url", buttonWith(`"url":"https://example.org"`), buttonWith(fmt.Sprintf(`"url":%q`, x(3001))), "less than 3001 characters"},
		{"button style", buttonWith(`"style":"danger"`), buttonWith(`"style":"default"`), "valid enum value"},
		{"button property", buttonWith(`"value":"v"`), buttonWith(`"colour":"red"`), "invalid additional property: colour"},
		{"accessibility label", buttonWith(fmt.Sprintf(`"accessibility_label":%q`, x(75))), buttonWith(fmt.Sprintf(`"accessibility_label":%q`, x(76))), "less than 76 characters"},
		{"confirm title", buttonWith(confirm(100, 1, 1)), buttonWith(confirm(101, 1, 1)), "less than 101 characters"},
		{"confirm text", buttonWith(confirm(1, 300, 1)), buttonWith(confirm(1, 301, 1)), "less than 301 characters"},
		{"confirm buttons", buttonWith(confirm(1, 1, 30)), buttonWith(confirm(1, 1, 31)), "less than 31 characters"},
		{"overflow most", actionsWith(`{"type":"overflow","options":` + options(5) + `}`), actionsWith(`{"type":"overflow","options":` + options(6) + `}`), "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"overflow least", actionsWith(`{"type":"overflow","options":` + options(2) + `}`), actionsWith(`{"type":"overflow","options":` + options(1) + `}`), "no fewer than 2 items"},
		{"select", sectionWith(`"accessory":{"type":"static_select","options":` + options(100) + `}`), sectionWith(`"accessory":{"type":"static_select","options":` + options(101) + `}`), "no more than 100 items"},
		{"select without options", sectionWith(`"accessory":{"type":"static_select","options":` + options(1) + `}`), sectionWith(`"accessory":{"type":"static_select"}`), "must define either `options`"},
		{"input in actions", inputWith(`{"type":"plain_text_input"}`), actionsWith(`{"type":"plain_text_input"}`), "unsupported type: plain_text_input"},
		{"button in input", inputWith(`{"type":"number_input","is_decimal_allowed":false}`), inputWith(ok), "unsupported type: button"},
		{"image", `{"type":"image","image_url":"https://example.org/a.png","alt_text":"a"}`, `{"type":"image","image_url":"https://example.org/a.png"}`, "missing required field: alt_text"},
		{"markdown", `{"type":"markdown","text":"` + x(12000) + `"}`, `{"type":"markdown","text":"` + x(6001) + `"},{"type":"markdown","text":"` + x(6000) + `"}`, "12001 characters in all"},
		{"table rows", `{"type":"table","rows":` + repeat(100, `[{"type":"raw_text","text":"x"}]`) + `}`, `{"type":"table","rows":` + repeat(101, `[{"type":"raw_text","text":"x"}]`) + `}`, "no more than 100 items"},
		{"table columns", `{"type":"table","rows":[` + repeat(20, `{"type":"raw_text","text":"x"}`) + `]}`, `{"type":"table","rows":[` + repeat(21, `{"type":"raw_text","text":"x"}`) + `]}`, "no more than 20 items"},
		{"rich text", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}`, `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"blink","text":"x"}]}]}`, "unsupported type: blink"},
		{"unknown block", `{"type":"divider"}`, `{"type":"marquee"}`, "unsupported type: marquee [json-pointer:/blocks/0/type]"},
		{"unknown element", many(1), actionsWith(`{"type":"slider"}`), "unsupported type: slider"},
		{"blocks", strings.TrimSuffix(strings.Repeat(`{"type":"divider"},`, 50), ","), strings.TrimSuffix(strings.Repeat(`{"type":"divider"},`, 51), ","), "no more than 50 items allowed [json-pointer:/blocks]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTestWorkspace(t)
			if _, err := w.checkBlocks(json.RawMessage("["+tt.good+"]"), inMessage); err != nil {
				t.Errorf("at the limit: %v %v", err, asAPIError(err).messages)
			}
			_, err := w.checkBlocks(json.RawMessage("["+tt.bad+"]"), inMessage)
			if err == nil || err.Error() != "invalid_blocks" || !strings.Contains(strings.Join(asAPIError(err).messages, "\n"), tt.want) {
				t.Errorf("beyond it: %v, want %s", err, tt.want)
			}
		})
	}
}

func TestViewLimits(t *testing.T) {
	modal := func(rest string) string {
		return `{"type":"modal","title":` + plainText(1) + `,"blocks":[{"type":"divider"}]` + rest + `}`
	}
	dividers := func(n int) string { return repeat(n, `{"type":"divider"}`) }
	titled := func(n int) string { return `{"type":"modal","blocks":[],"title":` + plainText(n) + `}` }
	for _, tt := range []struct {
		name, good, bad, want string
		on                    surface
	}{
		{"title", titled(24), titled(25), "less than 25 characters [json-pointer:/view/title/text]", inModal},
		{"submit", modal(`,"submit":` + plainText(24)), modal(`,"submit":` + plainText(25)), "less than 25 characters", inModal},
		{"metadata", modal(`,"private_metadata":"` + x(3000) + `"`), modal(`,"private_metadata":"` + x(3001) + `"`), "less than 3001 characters", inModal},
		{"modal blocks", `{"type":"modal","title":` + plainText(1) + `,"blocks":` + dividers(100) + `}`, `{"type":"modal","title":` + plainText(1) + `,"blocks":` + dividers(101) + `}`, "no more than 100 items allowed [json-pointer:/view/blocks]", inModal},
		{"input needs submit", modal(`,"submit":` + plainText(1)), `{"type":"modal","title":` + plainText(1) + `,"blocks":[` + inputWith(`{"type":"plain_text_input"}`) + `]}`, "submit button", inModal},
		{"no title", modal(``), `{"type":"modal","blocks":[]}`, "missing required field: title", inModal},
		{"home blocks", `{"type":"home","blocks":` + dividers(100) + `}`, `{"type":"home","blocks":` + dividers(101) + `}`, "no more than 100 items", inHome},
		{"home title", `{"type":"home","blocks":[]}`, `{"type":"home","blocks":[],"title":` + plainText(1) + `}`, "invalid additional property: title", inHome},
		{"table in a home", `{"type":"home","blocks":[]}`, `{"type":"home","blocks":[{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]}]}`, "unsupported type: table", inHome},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTestWorkspace(t)
			if _, err := w.parseView(json.RawMessage(tt.good), tt.on); err != nil {
				t.Errorf("at the limit: %v %v", err, asAPIError(err).messages)
			}
			_, err := w.parseView(json.RawMessage(tt.bad), tt.on)
			if err == nil || err.Error() != "invalid_arguments" || !strings.Contains(strings.Join(asAPIError(err).messages, "\n"), tt.want) {
				t.Errorf("beyond it: %v, want %s", err, tt.want)
			}
		})
	}
}

func TestVisibleText(t *testing.T) {
	w := newTestWorkspace(t)
	blocks, err := w.checkBlocks(json.RawMessage(`[
		{"type":"header","text":{"type":"plain_text","text":"Plan <1>"}},
		{"type":"section","text":{"type":"mrkdwn","text":"by <@U2> in <#C1> for <!subteam^S1>, <!channel>"},
		 "fields":[{"type":"mrkdwn","text":"*Risk* a &lt; b"}],
		 "accessory":{"type":"button","text":{"type":"plain_text","text":"Open"},"confirm":{"title":{"type":"plain_text","text":"Sure?"},
		  "text":{"type":"plain_text","text":"hidden"},"confirm":{"type":"plain_text","text":"y"},"deny":{"type":"plain_text","text":"n"}}}},
		{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi "},{"type":"user","user_id":"U2"}]}]},
		{"type":"table","rows":[[{"type":"raw_text","text":"host"},{"type":"raw_text","text":"port"}]]},
		{"type":"context","elements":[{"type":"mrkdwn","text":"<!date^1700000000^{time}|14:02> <https://example.org|link>"}]}]`), inMessage)
	if err != nil {
		t.Fatal(err, asAPIError(err).messages)
	}
	want := "fallback\nPlan <1>\nby @alice in #ops for @approvers, @channel\n*Risk* a < b\nOpen\nhi @alice\nhost | port\n14:02 link"
	if got := visibleText("fallback", blocks, w.names); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestBucketRecovers(t *testing.T) {
	l := newLimiter()
	r, at := Rate{Every: time.Second, Burst: 2}, time.Unix(0, 0)
	for i, tt := range []struct{ after, wait time.Duration }{
		{0, 0}, {0, 0}, {0, time.Second}, {500 * time.Millisecond, 500 * time.Millisecond}, {time.Second, 0}, {time.Hour, 0}, {0, 0}, {0, time.Second},
	} {
		at = at.Add(tt.after)
		if got := l.take("k", r, at); got != tt.wait {
			t.Errorf("step %d: wait %s, want %s", i, got, tt.wait)
		}
	}
}

// FuzzBlocks feeds what an app may send. Whatever is accepted can be shown, stored
// and sent out again.
func FuzzBlocks(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[null]`, `[{}]`, `[{"type":"section"}]`, `{"type":"divider"}`, `[{"type":"divider","block_id":7}]`,
		`[` + buttonWith(`"confirm":null`) + `]`, `[{"type":"actions","elements":[null,1,{"type":"image"}]}]`,
		`[{"type":"table","rows":[null,[null,{"type":"rich_text","elements":7}]]}]`,
		`[` + sectionWith(`"accessory":{"type":"static_select","option_groups":[null]}`) + `]`,
		`[` + inputWith(`{"type":"checkboxes","options":[{"text":{"type":"mrkdwn","text":"x"},"value":"v"}],"initial_options":[7]}`) + `]`,
	} {
		f.Add(seed)
	}
	w := newTestWorkspace(f)
	f.Fuzz(func(t *testing.T, raw string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		blocks, err := w.checkBlocks(json.RawMessage(raw), inMessage)
		if err != nil {
			return
		}
		if !json.Valid(marshal(blocks)) {
			t.Error("accepted blocks are not JSON")
		}
		visibleText("", blocks, w.names)
		if _, err := fill(blocks, Values{}); err != nil {
			t.Log(err)
		}
		view := `{"type":"modal","title":{"type":"plain_text","text":"x"},"submit":{"type":"plain_text","text":"x"},"blocks":` + raw + `}`
		if _, err := w.parseView(json.RawMessage(view), inModal); err != nil {
			t.Log(err)
		}
	})
}
