package page_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// patience is how long a browser may take to show something.
const patience = 30 * time.Second

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	must(b.t, chromedp.Do(b.ctx, steps...))
}

// eval runs an expression in the page and decodes its value.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// eval runs a statement in the page.
func (b *tab) eval(statement string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[chromedp.Void](statement))
	must(b.t, err)
}

// waits until an expression is true in the page. What goes wrong while the page is
// being loaded counts as not yet true.
func (b *tab) waits(expression string) {
	b.t.Helper()
	b.until(expression, func() (bool, error) {
		return chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
	})
}

// until asks again and again, and says what was waited for if it never comes.
func (b *tab) until(what string, done func() (bool, error)) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ok, err := done()
		switch {
		case ok && err == nil:
			return
		case b.ctx.Err() != nil:
			b.t.Fatalf("the browser is gone: %v", b.ctx.Err())
		case time.Now().After(deadline):
			b.t.Fatalf("this never came true: %s (%v)\nthe page shows: %s", what, err, eval[string](b, "document.body.innerText"))
		}
		time.Sleep(20 * time.Millisecond) // between two questions
	}
}

// sees waits until an element that is shown has the text.
func (b *tab) sees(selector, text string) {
	b.t.Helper()
	b.waits(fmt.Sprintf(`[...document.querySelectorAll(%s)].some((el) => el.checkVisibility() && el.innerText.includes(%s))`, quote(selector), quote(text)))
}

// lacks checks that no element has the text.
func (b *tab) lacks(selector, text string) {
	b.t.Helper()
	if eval[bool](b, fmt.Sprintf(`[...document.querySelectorAll(%s)].some((el) => el.innerText.includes(%s))`, quote(selector), quote(text))) {
		b.t.Errorf("%s shows %q", selector, text)
	}
}

// click clicks as a person does, with the pointer, on what is shown and not covered.
func (b *tab) click(selector string) {
	b.t.Helper()
	var at *struct{ X, Y float64 }
	b.until("a click on "+selector, func() (bool, error) {
		var err error
		at, err = chromedp.Run(b.ctx, chromedp.Evaluate[*struct{ X, Y float64 }](fmt.Sprintf(`(() => {
			const el = document.querySelector(%s);
			if (!el?.checkVisibility()) return null;
			el.scrollIntoView({ block: 'nearest' });
			const box = el.getBoundingClientRect();
			const at = { X: box.x + box.width / 2, Y: box.y + box.height / 2 };
			return el.contains(document.elementFromPoint(at.X, at.Y)) ? at : null;
		})()`, quote(selector))))
		return at != nil, err
	})
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// The keys that the tests press: their codes on Windows, which the protocol wants,
// and the text that they make where the page does not prevent it.
var (
	keyCodes = map[string]int64{"Tab": 9, "Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowUp": 38, "ArrowDown": 40}
	texts    = map[string]string{"Enter": "\r"}
)

// press presses keys one after the other. Unlike chromedp.KeyEvent it makes no text
// where the page prevents the key.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: key, WindowsVirtualKeyCode: keyCodes[key], Text: texts[key]}
		_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, down)
		must(b.t, err)
		_, err = chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key, Code: key, WindowsVirtualKeyCode: keyCodes[key]})
		must(b.t, err)
	}
}

// types puts a line into the message box and sends it.
func (b *tab) types(line string) {
	b.t.Helper()
	b.input("#line", line)
	b.press("Escape", "Enter") // Escape puts completions away
}

// input types into a field and leaves it at that.
func (b *tab) input(selector, text string) {
	b.t.Helper()
	b.waits(fmt.Sprintf(`document.querySelector(%s)?.checkVisibility()`, quote(selector)))
	b.eval(fmt.Sprintf(`document.querySelector(%s).focus()`, quote(selector)))
	_, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text})
	must(b.t, err)
}

// fills replaces what is in a field.
func (b *tab) fills(selector, text string) {
	b.t.Helper()
	b.waits(fmt.Sprintf(`document.querySelector(%s)?.checkVisibility()`, quote(selector)))
	b.eval(fmt.Sprintf(`document.querySelector(%[1]s).focus(), document.querySelector(%[1]s).select(), document.execCommand('delete')`, quote(selector)))
	if text != "" {
		b.input(selector, text)
	}
}

// becomes switches to a person, by name.
func (b *tab) becomes(id string) {
	b.t.Helper()
	b.click(fmt.Sprintf(`.person:has(input[value=%q])`, id))
	b.waits(fmt.Sprintf(`document.querySelector('#app').dataset.person === %q`, id))
}

// width sets the size of the window in pixels, and light or dark.
func (b *tab) width(w, h int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(w, h))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	must(b.t, err)
}

// shot keeps a picture of the window among the test's artifacts.
func (b *tab) shot(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	must(b.t, err)
	path := filepath.Join(b.t.ArtifactDir(), name+".png")
	must(b.t, os.WriteFile(path, png, 0o644))
	b.t.Logf("picture: %s", path)
}

func quote(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
