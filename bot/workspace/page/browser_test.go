package page_test

import (
	"context"
	"iter"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hardenbot/bot/workspace"
)

// tab is one browser tab with the page in it.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// chromium finds the browser. Without one the test is skipped, or fails where
// HARDENBOT_REQUIRE_BROWSER is set.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless-shell", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "no Chromium was found: the page was not tried in a browser"
	if os.Getenv("HARDENBOT_REQUIRE_BROWSER") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// browser is the one browser of all tests. The first test that needs it starts it,
// and TestMain ends it. Every test has a server and so an origin of its own.
type browser struct {
	start sync.Once
	ctx   context.Context
	end   []func()
}

var shared browser

func (b *browser) open(path string) error {
	dir, err := os.MkdirTemp("", "page-test-")
	if err != nil {
		return err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(dir),
		chromedp.DisableGPU, chromedp.NoSandbox, chromedp.WindowSize(1280, 860),
		// A mouse, as on a desk: headless browsers have no pointer at all.
		chromedp.Flag("blink-settings", "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(ctx)
	b.ctx = ctx
	b.end = []func(){func() { _ = chromedp.Cancel(ctx) }, cancel, stop, func() { _ = os.RemoveAll(dir) }}
	return chromedp.Do(ctx, chromedp.Navigate("about:blank"))
}

// close waits until the browser has ended.
func (b *browser) close() {
	for _, f := range b.end {
		f()
	}
}

// browse opens the page in a tab of its own. Errors on the page's console fail the
// test.
func browse(t *testing.T, ws *workspace.Workspace) *tab {
	t.Helper()
	path := chromium(t)
	shared.start.Do(func() { must(t, shared.open(path)) })
	ctx, cancel := context.WithTimeout(shared.ctx, 3*time.Minute)
	ctx, closeTab := chromedp.NewContext(ctx)
	b := &tab{t: t, ctx: ctx}
	var listening sync.WaitGroup
	t.Cleanup(func() {
		closeTab()
		cancel()
		listening.Wait()
	})
	b.do(chromedp.Navigate("about:blank"))
	said := chromedp.Console(ctx)
	listening.Go(func() { b.listen(said) })
	b.load(address(ws))
	return b
}

// load opens an address, and again if the page does not come: Chromium drops what
// it is loading when the machine's network changes.
func (b *tab) load(url string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		b.do(chromedp.Navigate(url))
		_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`Boolean(document.querySelector('#app').dataset.person)`, chromedp.WithPollingTimeout(patience/4)))
		if err == nil {
			return
		}
	}
	b.t.Fatalf("%s could not be opened", url)
}

// listen fails the test on what the page says in its console. The browser itself
// notes there each answer that refuses, and each that does not come.
func (b *tab) listen(said iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range said {
		switch {
		case err != nil:
		case m.Source == "network":
			b.t.Logf("the browser notes: %s %s", m, m.URL)
		case m.IsException() || m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning:
			b.t.Errorf("the page's console: %s %s:%d", m, m.URL, m.Line)
		}
	}
}
