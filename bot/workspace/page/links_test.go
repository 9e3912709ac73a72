package page_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/slack-go/slack"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/page"
	wst "hardenbot/bot/workspace/workspacetest"
)

// The address that chat.getPermalink gives leads to the message, in its thread.
func TestPermalink(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	a := runApp(t, ws)
	root := a.post(wst.Private, slack.MsgOptionText("root", false))
	reply := a.post(wst.Private, slack.MsgOptionTS(root), slack.MsgOptionText("reply", false))
	link, err := a.GetPermalink(&slack.PermalinkParameters{Channel: wst.Private, Ts: reply})
	must(t, err)
	b.load(link)
	b.sees("#main .title", "private")
	b.sees("#thread .message", "reply")
	b.waits(`location.pathname === '/'`)
}

func TestThemeIsKept(t *testing.T) {
	ws := serve(t)
	b := browse(t, ws)
	b.width(1280, 860, "light")
	ground := func() string { return eval[string](b, `getComputedStyle(document.body).backgroundColor`) }
	light := ground()
	b.click(`[aria-label="Change the colours"]`)
	dark := ground()
	if dark == light {
		t.Errorf("the ground stays %s", light)
	}
	b.load(address(ws))
	if got := ground(); got != dark {
		t.Errorf("after loading again the ground is %s, not %s", got, dark)
	}
}

// cable is a connection that can be pulled out.
type cable struct {
	http.Handler
	mu   sync.Mutex
	out  bool
	live []context.CancelFunc
}

func (c *cable) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	c.mu.Lock()
	out := c.out
	c.live = append(c.live, cancel)
	c.mu.Unlock()
	if out {
		panic(http.ErrAbortHandler)
	}
	c.Handler.ServeHTTP(rw, req.WithContext(ctx))
}

func (c *cable) pull(out bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = out
	for _, cancel := range c.live {
		cancel()
	}
}

// What comes while the page is cut off is there once it is back.
func TestComesBack(t *testing.T) {
	c := &cable{}
	ws := wst.Serve(t, wst.Config(), func(ws *workspace.Workspace) http.Handler {
		c.Handler = page.New(ws, page.Options{})
		return c
	})
	b := browse(t, ws)
	c.pull(true)
	b.sees(".offline", "Not connected.")
	b.types("hello")
	b.sees(".toast", "The workspace could not be reached.")
	b.waits(`document.querySelector('#line').value === 'hello'`)
	_, err := ws.As(wst.Bob).Say(wst.Ops, "meanwhile", "")
	must(t, err)
	c.pull(false)
	b.sees(".message", "meanwhile")
	b.waits(`document.querySelector('.offline').hidden`)
}
