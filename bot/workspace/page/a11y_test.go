package page_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// TestAccessibility looks at every state of the page in both themes and in two
// widths, and keeps pictures of them.
func TestAccessibility(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	furnish(t, ws, a)
	for _, state := range []struct{ name, setUp, shows string }{
		{"channel", ``, `document.querySelectorAll('.message').length > 5`},
		{"thread", `document.querySelector('.summary').click()`, `document.querySelector('#thread .message')`},
		{"sidebar", `document.querySelector('.to-sidebar')?.click()`, `document.querySelector('.person').checkVisibility()`},
		{"completion", `document.querySelector('#app').dataset.pane = 'main'`, `document.querySelector('#line').checkVisibility()`},
		{"confirm", `document.querySelector('[data-action=approve]').click()`, `document.querySelector('dialog.confirm')`},
		{"modal", `document.querySelector('dialog').close(); document.querySelector('[data-action=deny]').click()`, `document.querySelector('dialog.modal')`},
		{"modal with errors", `document.querySelector('dialog [type=submit]').click()`, `document.querySelector('.error[role=alert]')`},
		{"home", `document.querySelector('dialog [aria-label=Close]').click(); document.querySelector('[aria-label=Apps] .place').click()`, `document.querySelector('#home .header') && !document.querySelector('dialog')`},
	} {
		b.eval(state.setUp)
		b.waits(state.shows)
		if state.name == "completion" {
			b.fills("#line", "/harden ")
			b.press("ArrowDown")
		}
		for _, size := range []struct {
			name   string
			w, h   int64
			scheme string
		}{{"desk", 1280, 860, "light"}, {"desk-dark", 1280, 860, "dark"}, {"phone", 375, 740, "light"}, {"phone-dark", 375, 740, "dark"}} {
			b.width(size.w, size.h, size.scheme)
			where := state.name + " " + size.name
			b.shot(strings.ReplaceAll(where, " ", "-"))
			for _, problem := range b.audit() {
				t.Errorf("%s: %s", where, problem)
			}
		}
		if state.name == "completion" {
			b.fills("#line", "")
		}
	}
}

// furnish posts all that a message can be.
func furnish(t *testing.T, ws *workspace.Workspace, a *app) {
	t.Helper()
	a.postEphemeral(wst.Ops, wst.Alice, "Only *you* see this.")
	root := a.post(wst.Ops, slack.MsgOptionText("Scan of `web-*`: 4 hosts, <@"+wst.Bob+"> <!here>, :warning: see <https://example.org|the manual>", false))
	a.post(wst.Ops, slack.MsgOptionTS(root), slack.MsgOptionText("A reply\n> with a quote", false))
	a.check(a.AddReaction("eyes", slack.NewRefToMessage(wst.Ops, root)))
	rich := slack.NewRichTextBlock("",
		slack.NewRichTextList(slack.RTEListBullet, 0, slack.NewRichTextSection(slack.NewRichTextSectionTextElement("a list", &slack.RichTextSectionTextStyle{Bold: true}))),
		slack.NewRichTextSection(slack.NewRichTextSectionUserElement(wst.Bob, nil), slack.NewRichTextSectionTextElement(" and code", &slack.RichTextSectionTextStyle{Code: true})))
	table := slack.NewTableBlock("").AddRow(slack.NewTableRawTextCell("Host"), slack.NewTableRawTextCell("Finding"), slack.NewTableRawTextCell("State")).
		AddRow(slack.NewTableRawTextCell("web-1"), slack.NewTableRawTextCell("sshd accepts passwords"), slack.NewTableRawTextCell("open"))
	a.post(wst.Ops, slack.MsgOptionText("table", false), slack.MsgOptionBlocks(rich, table, section(strings.Repeat("long-word-without-a-blank/", 12))))
	boxes := slack.NewCheckboxGroupsBlockElement("boxes", option("a", "First"), option("b", "Second"))
	a.post(wst.Ops, slack.MsgOptionText("choices", false), slack.MsgOptionBlocks(slack.NewActionBlock("choices", boxes)))
	a.finding(wst.Ops)
	upload(t, ws, &a.Client.Client, "posture.png", picture(t))
	upload(t, ws, &a.Client.Client, "report.csv", "host,finding\n")
}

// audit lists what is wrong with what stands on the screen.
func (b *tab) audit() []string {
	b.t.Helper()
	return append(b.nameless(), eval[[]string](b, contrast+overflow+duplicates+`[...contrasts(), ...overflows(), ...duplicateIDs()]`)...)
}

// TestAuditFindsFaults makes one fault of each kind.
func TestAuditFindsFaults(t *testing.T) {
	b := browse(t, serve(t))
	b.width(375, 740, "light")
	for _, tt := range []struct{ name, fault, want string }{
		{"none", ``, ""},
		{"no name", `document.querySelector('.send').removeAttribute('aria-label'); document.querySelector('.send').removeAttribute('title')`, "a button has no name"},
		{"faint text", `document.querySelector('.title').style.color = '#aaaaaa'`, "contrast 2.32"},
		{"too wide", `document.querySelector('.composer').style.width = '400px'`, "ends at"},
		{"an ID twice", `document.querySelector('.title').id = 'line'`, "the ID line"},
	} {
		b.eval(tt.fault)
		if got := strings.Join(b.audit(), "\n"); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: the audit found %q, want %q", tt.name, got, tt.want)
		}
	}
}

// needsName lists the roles whose elements must have a name.
var needsName = map[string]bool{
	"button": true, "checkbox": true, "combobox": true, "Date": true, "dialog": true, "image": true, "link": true,
	"listbox": true, "menuitem": true, "navigation": true, "option": true, "radio": true, "radiogroup": true, "textbox": true,
}

// nameless asks the browser's own accessibility tree.
func (b *tab) nameless() []string {
	b.t.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	must(b.t, err)
	var problems []string
	seen := 0
	for _, n := range tree.Nodes {
		role := axText(n.Role)
		if n.Ignored || !needsName[role] {
			continue
		}
		seen++
		if strings.TrimSpace(axText(n.Name)) == "" {
			problems = append(problems, fmt.Sprintf("a %s has no name (node %d)", role, n.BackendDOMNodeID))
		}
	}
	if seen < 3 {
		problems = append(problems, fmt.Sprintf("only %d controls were found", seen))
	}
	return problems
}

func axText(v *accessibility.Value) string {
	var s string
	if v == nil || json.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return s
}

// contrast gives texts that stand out from their ground by less than 4.5 to 1, or
// 3 to 1 where they are large. Source: WCAG 2.2, 1.4.3.
const contrast = `
function rgba(s) { const n = s.match(/[\d.]+/g).map(Number); return { r: n[0], g: n[1], b: n[2], a: n[3] ?? 1 }; }
function over(top, under) { const mix = (c) => top[c] * top.a + under[c] * (1 - top.a); return { r: mix('r'), g: mix('g'), b: mix('b'), a: 1 }; }
function ground(el) {
	let layers = [];
	for (let at = el; at; at = at.parentElement) {
		const c = rgba(getComputedStyle(at).backgroundColor);
		layers.push(c);
		if (c.a === 1) break;
	}
	return layers.reverse().reduce((under, top) => over(top, under), rgba(getComputedStyle(document.body).backgroundColor));
}
function luminance({ r, g, b }) {
	const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
	return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}
function contrasts() {
	const problems = [];
	const front = document.querySelector('dialog[open]') ?? document.body;
	const walk = document.createTreeWalker(front, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const el = walk.currentNode.parentElement;
		if (!walk.currentNode.textContent.trim() || !el.checkVisibility({ opacityProperty: true }) || el.closest('.unseen, .skip, :disabled, option')) continue;
		const style = getComputedStyle(el);
		const under = ground(el);
		const [light, dark] = [luminance(over(rgba(style.color), under)), luminance(under)].sort((a, b) => b - a);
		const ratio = (light + 0.05) / (dark + 0.05);
		const size = parseFloat(style.fontSize);
		const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
		if (ratio < (large ? 3 : 4.5)) problems.push('contrast ' + ratio.toFixed(2) + ' of "' + walk.currentNode.textContent.trim().slice(0, 30) + '", ' + style.color + ' in .' + el.className);
	}
	return problems;
}`

// overflow gives what makes the page scroll sideways, or hangs out of it.
const overflow = `
function overflows() {
	const problems = [];
	if (document.scrollingElement.scrollWidth > innerWidth) problems.push('the page scrolls sideways: ' + document.scrollingElement.scrollWidth);
	for (const el of document.querySelectorAll('.timeline, .home, .modal-body, #sidebar .scroll')) {
		if (el.checkVisibility() && el.scrollWidth > el.clientWidth + 1) problems.push('.' + el.className + ' is ' + el.scrollWidth + ' wide in ' + el.clientWidth);
	}
	for (const el of document.querySelectorAll('button, input, select, textarea, p, li')) {
		const box = el.getBoundingClientRect();
		if (el.checkVisibility() && box.width > 0 && box.right > innerWidth + 1 && !el.closest('.table, pre, .skip')) problems.push(el.tagName + '.' + el.className + ' ends at ' + box.right);
	}
	return problems;
}`

const duplicates = `
function duplicateIDs() {
	const ids = [...document.querySelectorAll('[id]')].map((el) => el.id);
	return ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => 'two elements have the ID ' + id);
}
`

// Whatever Tab reaches can be seen to have the focus, and Tab does not get stuck.
func TestKeyboard(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	furnish(t, ws, a)
	b.waits(`document.querySelectorAll('.message').length > 4`)
	b.eval(`document.activeElement.blur()`)
	reached := map[string]bool{}
	for range 60 {
		b.press("Tab")
		at := eval[struct{ What, Ring string }](b, `(() => {
			const el = document.activeElement;
			const ring = (el) => { const s = getComputedStyle(el); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 ? 'outline' : s.boxShadow !== 'none' ? 'shadow' : ''; };
			const shown = el.closest('.person, .composer') ?? el;
			return { What: el.id || el.dataset.action || el.dataset.focus || el.innerText || el.tagName, Ring: el === document.body ? 'page' : ring(shown) };
		})()`)
		if at.Ring == "" {
			t.Errorf("%s has the focus and does not show it", at.What)
		}
		reached[at.What] = true
	}
	for _, what := range []string{"Skip to the message box", wst.Ops, wst.Random, wst.Alice, "line", "approve", "deny", "more", "layer", "summary", "reply", "react", "reaction/eyes"} {
		if !reached[what] {
			t.Errorf("Tab does not reach %q, only %v", what, reached)
		}
	}
	b.eval(`document.querySelector('.message[tabindex="0"]').focus()`)
	last := eval[string](b, `document.activeElement.dataset.ts`)
	b.press("ArrowUp")
	b.waits(fmt.Sprintf(`document.activeElement.dataset.ts < %q`, last))
	b.press("Home")
	b.waits(`document.activeElement === document.querySelector('.message')`)
}
