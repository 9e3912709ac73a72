package page_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	wst "hardenbot/bot/workspace/workspacetest"
)

// TestMrkdwn holds, for each text, the HTML that the nodes would be written as.
func TestMrkdwn(t *testing.T) {
	b := browse(t, serve(t))
	for _, tt := range []struct{ name, text, want string }{
		{"bold, italic, strike, code", "*a* _b_ ~c~ `d`", "<b>a</b> <i>b</i> <s>c</s> <code>d</code>"},
		{"stars within code", "*Scan of `web-*`* done", "<b>Scan of <code>web-*</code></b> done"},
		{"no marks within words", "a_b_c 2*3*4 ~/.ssh", "a_b_c 2*3*4 ~/.ssh"},
		{"marks need text beside them", "* a * and _ b _", "* a * and _ b _"},
		{"one within the other", "*a _b_*", "<b>a <i>b</i></b>"},
		{"not over lines", "*a\nb*", "*a\nb*"},
		{"marks in code stay", "`*a* _b_`", "<code>*a* _b_</code>"},
		{"escapes", "&lt;b&gt; &amp;lt;", "&lt;b&gt; &amp;lt;"},
		{"markup is text", "<b>x</b> <img src=x onerror=alert(1)>", `<span>b</span>x<span>/b</span> <span>img src=x onerror=alert(1)</span>`},
		{"a fence", "see\n```\n*a* &lt;\n```\nend", "see\n" + "<pre>*a* &lt;</pre>end"},
		{"quotes", "&gt; a\n&gt; *b*\nc", "<blockquote>a\n<b>b</b></blockquote>c"},
		{"a person, oneself, and nobody", "<@U0BOB> <@U0ALICE> <@U9|old>", `<span class="mention">@bob</span> <span class="mention me">@alice</span> <span class="mention">@old</span>`},
		{"a channel and a group", "<#C0OPS> <!subteam^S0APPROVERS> <#C9>", `<span class="mention">#ops</span> <span class="mention">@approvers</span> <span class="mention">#private channel</span>`},
		{"everybody", "<!here>", `<span class="mention loud">@here</span>`},
		{"a date", "<!date^1392734382^{date}|18 Feb>", "18 Feb"},
		{"a link", "<https://example.org/?a=1&amp;b=2|the *manual*>", `<a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">the *manual*</a>`},
		{"a link that is no address of the web", "<javascript:alert(1)|click>", "<span>click</span>"},
		{"emoji", ":tada: :no_such: 12:30:45", "🎉 :no_such: 12:30:45"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := b.written("mrkdwn", tt.text); got != tt.want {
				t.Errorf("\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

// written is the HTML of what a module's function of the same name makes of a text.
func (b *tab) written(name, text string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf(`import('/_page/static/render/%[1]s.js').then((module) => {
		const el = document.createElement('div');
		el.append(...module.%[1]s(%[2]s));
		return el.innerHTML;
	})`, name, quote(text)))
}

func TestMarkdown(t *testing.T) {
	b := browse(t, serve(t))
	for _, tt := range []struct{ text, want string }{
		{"# A *title*\n\ntext **bold** ~~gone~~", "<h4>A <i>title</i></h4><p>text <b>bold</b> <s>gone</s></p>"},
		{"- one\n- `two`\n\n1. a\n2. b", "<ul><li>one</li><li><code>two</code></li></ul><ol><li>a</li><li>b</li></ol>"},
		{"> quote\n```sh\n**x** <b>\n```\n", "<blockquote>quote</blockquote><pre>**x** &lt;b&gt;</pre>"},
		{"[ok](https://example.org/) [bad](javascript:x)", `<p><a href="https://example.org/" target="_blank" rel="noopener noreferrer nofollow">ok</a> <span>bad</span></p>`},
		{"<script>alert(1)</script> a_b_c", "<p>&lt;script&gt;alert(1)&lt;/script&gt; a_b_c</p>"},
	} {
		if got := b.written("markdown", tt.text); got != tt.want {
			t.Errorf("%q gives\n%s, want\n%s", tt.text, got, tt.want)
		}
	}
}

// Long and nested marks take no longer than the text is long.
func TestMrkdwnIsQuick(t *testing.T) {
	b := browse(t, serve(t))
	for _, unit := range []string{"*", "_a*", "<a", "`*", "*<a>", "~_*`", "&gt;\n", "```", ":a"} {
		text := strings.Repeat(unit, 40_000/len(unit))
		took := eval[float64](b, fmt.Sprintf(`import('/_page/static/render/mrkdwn.js').then(({ mrkdwn }) => {
			const start = performance.now();
			mrkdwn(%s);
			return performance.now() - start;
		})`, quote(text)))
		t.Logf("%q: %.0f ms", unit, took)
		if took > 3000 {
			t.Errorf("%q forty thousand characters long took %.0f ms", unit, took)
		}
	}
}

// Hostile text in every place of a message stays text: nothing runs, nothing is loaded.
func TestHostileBlocks(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	const evil = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`
	rich := slack.NewRichTextBlock("", slack.NewRichTextSection(
		slack.NewRichTextSectionTextElement(evil, nil), slack.NewRichTextSectionLinkElement("javascript:window.pwned=1", "link", nil)))
	button := slack.NewButtonBlockElement("b", evil, plain("<b>press</b>"))
	button.URL = "javascript:window.pwned=1"
	table := slack.NewTableBlock("").AddRow(slack.NewTableRawTextCell(evil))
	a.post(wst.Ops, slack.MsgOptionText(evil, false), slack.MsgOptionBlocks(
		slack.NewHeaderBlock(plain(evil)), section(evil), section("<javascript:window.pwned=1|press>"), rich, table,
		slack.NewContextBlock("", mrkdwn(evil), plain(evil)), slack.NewActionBlock("", button),
		slack.NewImageBlock("https://example.org/x.png", evil, "", plain(evil)),
	))
	b.sees(".message .header", "<script>")
	b.click(".message [data-action=b]")
	b.waits(`!document.querySelector('[aria-busy=true]')`)
	if found := eval[string](b, `[...document.querySelectorAll('script:not([src^="/_page/static/"]), .message img, .message a[href^="javascript"], .message [onerror]')].map((el) => el.outerHTML).join()`); found != "" {
		t.Errorf("the page has %s", found)
	}
	if eval[bool](b, `'pwned' in window`) {
		t.Error("a script of the message ran")
	}
}
