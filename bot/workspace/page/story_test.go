package page_test

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"

	wst "hardenbot/bot/workspace/workspacetest"
)

// Two people play a request to its end, in one window.
func TestApproval(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	b.sees("#main .title", "ops")
	b.types("/harden scan web-*")
	b.sees(".message .header", "Approve? sshd accepts passwords")
	b.sees(".message .fields", "web-1, web-2")
	b.sees(".message b code", "web-*")
	b.sees(".message blockquote", "quoted <b>")
	b.becomes(wst.Bob)
	b.click(`[data-action=approve]`)
	b.sees("dialog.confirm", "This changes 2 hosts, one at a time.")
	b.press("Enter") // the focus is on Cancel
	b.waits(`!document.querySelector('dialog')`)
	b.click(`[data-action=approve]`)
	b.click(`dialog.confirm .primary`)
	b.sees(".message", "Approved by @bob")
	b.sees(".message .edited", "(edited)")
	b.waits(`!document.querySelector('[data-action=approve]')`)
	b.sees(".summary", "1 reply")
	b.click(".summary")
	b.sees("#thread .message", "Run: 1 of 1 done.")
	a.post(wst.Ops, slack.MsgOptionText("elsewhere", false))
	b.press("Escape")
	b.waits(`!document.querySelector('#thread').checkVisibility()`)
}

func TestDenialByModal(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	a.finding(wst.Ops)
	b.becomes(wst.Bob)
	b.click(`[data-action=deny]`)
	b.sees("dialog.modal h2", "Deny plan P-1")
	b.waits(`document.activeElement.matches('dialog.modal textarea')`)
	b.click("dialog.modal [type=submit]")
	b.sees("dialog.modal .error", "Please complete this required field.")
	b.fills("dialog.modal textarea", "no")
	b.click("dialog.modal [type=submit]")
	b.sees("dialog.modal .error", "Say more than that.")
	b.waits(`document.activeElement.matches('dialog.modal textarea[aria-invalid=true]')`)
	b.shot("modal")
	b.fills("dialog.modal textarea", "next")
	b.click("dialog.modal [type=submit]")
	b.sees("dialog.modal h2", "Next window")
	b.press("Escape")
	b.sees("dialog.modal h2", "Deny plan P-1")
	b.waits(`document.querySelector('dialog.modal textarea').value === 'next'`) // what was filled in below is still there
	b.fills("dialog.modal textarea", "Not on a Friday.\nAsk again on Monday.")
	b.eval(`{
		const set = (el, change) => { change(el); el.dispatchEvent(new Event('change', { bubbles: true })); };
		set(document.querySelector('dialog select'), (el) => { el.value = 'time'; });
		set(document.querySelector('dialog input[value=once]'), (el) => { el.checked = true; });
		for (const el of document.querySelectorAll('dialog input[type=checkbox]')) set(el, (el) => { el.checked = true; });
		set(document.querySelector('dialog input[type=date]'), (el) => { el.value = '2030-03-02'; });
	}`)
	b.click("dialog.modal [type=submit]")
	b.waits(`!document.querySelector('dialog')`)
	b.sees(".message", "Denied: Not on a Friday.\nAsk again on Monday. / time / once / 2 boxes / 2030-03-02")
	if problems := ws.Problems(); len(problems) > 0 {
		t.Errorf("the workspace had problems: %q", problems)
	}
}

func TestCommandsAndMentions(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	runApp(t, ws)
	b.input("#line", "/har")
	b.sees(".completions", "/harden scan PATTERN")
	b.shot("completion")
	b.press("ArrowDown", "Enter")
	b.waits(`document.querySelector('#line').value === '/harden scan '`)
	b.press("Tab") // has nothing to add, so the focus goes on
	b.waits(`document.activeElement.matches('.send')`)
	b.fills("#line", "")
	b.types("/harden help")
	b.sees(".message.ephemeral", "Only visible to you")
	b.becomes(wst.Carol)
	b.lacks(".message", "Only visible to you")
	b.types("/harden silent")
	b.sees(".message.ephemeral", `/harden failed with the error "operation_timeout"`)
	b.types("/scan x")
	b.sees(".toast", "That is not a command of this workspace.")
	b.waits(`document.querySelector('#line').value === '/scan x'`)
	b.fills("#line", "")
	b.types("@hardenbot look at <b>this</b> & https://example.org/?a=1&b=2")
	b.sees(".message .mention", "@hardenbot")
	b.sees(".message", "You said: @hardenbot look at <b>this</b> & https://example.org/?a=1&b=2")
	b.waits(`[...document.querySelectorAll('.message a')].every((a) => a.href === 'https://example.org/?a=1&b=2' && a.rel.includes('noopener'))`)
}

func TestUnreadThreadsAndEdits(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	b.waits(`document.querySelector('[data-channel=G0PRIVATE]')`)
	root := a.post(wst.Private, slack.MsgOptionText("first", false))
	b.sees("[data-channel=G0PRIVATE] .count", "1")
	b.waits(`document.title.startsWith('(1)')`)
	b.waits(`document.querySelector('#announcer').textContent.includes('hardenbot in private: first')`)
	b.click("[data-channel=G0PRIVATE]")
	b.sees(".message", "first")
	b.waits(`!document.querySelector('[data-channel=G0PRIVATE] .count')`)
	a.update(wst.Private, root, section("second"))
	b.sees(".message", "second")
	b.lacks(".message", "first")
	for _, reply := range []string{"one", "two"} {
		a.post(wst.Private, slack.MsgOptionTS(root), slack.MsgOptionText(reply, false))
	}
	b.sees(".summary", "2 replies")
	b.click(".summary")
	b.sees("#thread .message", "two")
	b.fills("#reply", "three")
	b.press("Enter")
	b.sees("#thread .message", "three")
	b.lacks("#main .messages", "three")
	b.fills("#reply", "/harden help")
	b.press("Enter")
	b.sees(".toast", "Commands cannot be used in threads.")
	_, _, err := a.DeleteMessage(wst.Private, root)
	must(t, err)
	b.waits(`!document.querySelector('#main .message') && !document.querySelector('#thread').checkVisibility()`)
	b.becomes(wst.Carol) // is not in the channel
	b.waits(`!document.querySelector('[data-channel=G0PRIVATE]')`)
	b.sees("#main .title", "ops")
}

func TestMenusReactionsAndHome(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	a.finding(wst.Ops)
	b.click(`[data-action=more]`)
	b.sees("[role=menu]", "Export")
	b.press("ArrowDown", "Enter")
	b.sees(".message.ephemeral", "You chose export.")
	b.eval(`{ const el = document.querySelector('select[data-action=layer]'); el.value = 'patch'; el.dispatchEvent(new Event('change', { bubbles: true })); }`)
	b.sees(".message.ephemeral", "You chose patch.")
	b.eval(`document.querySelector('.message [data-focus=react]').focus()`)
	b.press("Enter", "ArrowDown", "Enter")
	b.waits(`document.querySelector('.reaction[aria-pressed=true]')?.getAttribute('aria-label') === 'eyes, 1: alice'`)
	b.becomes(wst.Bob)
	b.click(".reaction[aria-pressed=false]")
	b.waits(`document.querySelector('.reaction').getAttribute('aria-label') === 'eyes, 2: alice, bob'`)
	b.eval(`document.querySelector('[aria-label=Apps] .place').click()`)
	b.sees("#home .header", "How the fleet stands")
	b.shot("home")
	b.click(`[data-action=scan_all]`)
	b.sees("[data-channel=C0OPS] .count", "1")
	b.eval(`[...document.querySelectorAll('.tab')][1].click()`)
	b.waits(`document.querySelector('#line').checkVisibility()`)
}

// A message that changes while somebody presses its button does not swallow the
// click.
func TestPressIsNotLost(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	root := a.finding(wst.Ops)
	b.waits(`document.querySelector('[data-action=approve]')`)
	at := eval[struct{ X, Y float64 }](b, `(({ x, y }) => ({ X: x + 10, Y: y + 10 }))(document.querySelector('[data-action=approve]').getBoundingClientRect())`)
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, at.X, at.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	a.post(wst.Ops, slack.MsgOptionTS(root), slack.MsgOptionText("a reply", false))
	b.waits(`document.querySelector('#announcer').textContent.includes('a reply')`) // the page has heard of it
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, at.X, at.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	b.sees("dialog.confirm", "This changes 2 hosts")
	b.sees(".summary", "1 reply")
}
