package bot

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"

	"github.com/slack-go/slack"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
)

// What every message has to keep, whatever it is about.

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkLimits holds a message to what Slack documents, and to what people who
// do not see it need.
func checkLimits(t failer, m message) {
	t.Helper()
	if m.Text == "" {
		t.Errorf("the message has no text")
	}
	if n := size(m.Blocks...); n > 12_000 {
		t.Errorf("the blocks have %d bytes", n)
	}
	for _, problem := range workspace.CheckMessage(m.Text, json.RawMessage(mustJSON(m.Blocks))) {
		t.Errorf("%s", problem)
	}
	for _, button := range objects(m.Blocks, "button") {
		if label, _ := button["accessibility_label"].(string); label == "" {
			t.Errorf("the button %v has no label for screen readers", button["action_id"])
		}
	}
}

func checkBlock(t failer, block slack.Block) {
	t.Helper()
	checkLimits(t, message{Text: "a block", Blocks: []slack.Block{block}})
}

// objects returns the parts of blocks that are of a type.
func objects(blocks []slack.Block, kind string) (found []map[string]any) {
	var parsed any
	if err := json.Unmarshal([]byte(mustJSON(blocks)), &parsed); err != nil {
		panic(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			if v["type"] == kind {
				found = append(found, v)
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(parsed)
	return found
}

// own is the markup that messages are written with: people and groups that are
// called, moments, and links to what the catalogue refers to.
var own = regexp.MustCompile(`^(@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^<>|^]+\|[^<>|]+ UTC|!date\^\d+\^[^<>|^]+\|\d+ \w+ \d+|https://(nvd\.nist\.gov|cisofy\.com|www\.cisecurity\.org|dev-sec\.io|infosec\.mozilla\.org|hub\.prowler\.com|docs\.aws\.amazon\.com)/[\w./#-]+\|[^<>|]+)$`)

var (
	angled = regexp.MustCompile(`<([^<>]*)>?`)
	// warning is where Slack takes the word for an emoji: not behind a letter or digit.
	warning = regexp.MustCompile(`(^|[^\pL\pN:]):+warning:`)
	// bold is where Slack formats: not within a word.
	bold = regexp.MustCompile(`(^|[^\pL\pN])[*_~]evil[*_~]($|[^\pL\pN])`)
)

// checkHarmless looks for markup that this package did not write itself.
func checkHarmless(t failer, m message) {
	t.Helper()
	checkMarkup(t, m.Text)
	for _, part := range objects(m.Blocks, "mrkdwn") {
		checkMarkup(t, part["text"].(string))
	}
	for _, kind := range []string{"plain_text", "text"} {
		for _, part := range objects(m.Blocks, kind) {
			checkVisible(t, part["text"].(string))
			if part["emoji"] == true {
				t.Errorf("%q may show an emoji", part["text"])
			}
		}
	}
}

// checkMarkup reads text as Slack does.
func checkMarkup(t failer, text string) {
	t.Helper()
	checkVisible(t, text)
	for _, m := range angled.FindAllStringSubmatch(text, -1) {
		if !own.MatchString(m[1]) || strings.Contains(m[1], "U0EVIL") {
			t.Errorf("the markup %q stands in %q", m[0], text)
		}
	}
	bare := outsideCode(text)
	for _, bad := range []string{"@here", "@channel", "@everyone", "```"} {
		if strings.Contains(bare, bad) {
			t.Errorf("%q stands in %q", bad, text)
		}
	}
	if warning.MatchString(bare) || bold.MatchString(bare) {
		t.Errorf("an emoji, or formatting, stands in %q", text)
	}
}

// checkVisible holds that no character hides or reorders others.
func checkVisible(t failer, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%U stands in %q", r, text)
			return
		}
	}
}

// outsideCode returns what Slack would format: not what stands in backquotes.
func outsideCode(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

func mustJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// checkScript sees to it that the pieces together are the whole script.
func checkScript(t failer, plan actions.Plan) {
	t.Helper()
	var all strings.Builder
	for _, piece := range script(plan) {
		checkLimits(t, piece)
		block := piece.Blocks[1].(*slack.RichTextBlock).Elements[0].(*slack.RichTextPreformatted)
		all.WriteString(block.Elements[0].(*slack.RichTextSectionTextElement).Text)
	}
	if all.Len() > 0 && all.String() != scriptText(plan) {
		t.Errorf("the pieces are not the script")
	}
}
