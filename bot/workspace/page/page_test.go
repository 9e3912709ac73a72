package page_test

import (
	"io"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// visit sends a request as a browser would, except for what change changes.
func visit(t *testing.T, ws *workspace.Workspace, method, path, body string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address(ws)+path, strings.NewReader(body))
	must(t, err)
	req.Close = true
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, string(answer)
}

var tokenInPage = regexp.MustCompile(`name="page-token" content="([^"]+)"`)

// token reads the token as the page's own module does.
func token(t *testing.T, ws *workspace.Workspace) string {
	t.Helper()
	_, html := visit(t, ws, http.MethodGet, "", "", nil)
	found := tokenInPage.FindStringSubmatch(html)
	if found == nil {
		t.Fatalf("no token in %s", html)
	}
	return found[1]
}

func TestHeaders(t *testing.T) {
	ws := serve(t)
	for path, kind := range map[string]string{
		"":                         "text/html; charset=utf-8",
		"archives/C0OPS/p1234":     "text/html; charset=utf-8",
		"_page/static/app.js":      "text/javascript; charset=utf-8",
		"_page/static/page.css":    "text/css; charset=utf-8",
		"_page/directory":          "application/json; charset=utf-8",
		"_page/static/missing.css": "text/plain; charset=utf-8",
	} {
		resp, _ := visit(t, ws, http.MethodGet, path, "", nil)
		if got := resp.Header.Get("Content-Type"); got != kind {
			t.Errorf("/%s is %s, want %s", path, got, kind)
		}
		csp := resp.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("/%s has no %s in its policy: %q", path, part, csp)
			}
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("/%s may be sniffed", path)
		}
	}
}

func TestTheAppIsServedToo(t *testing.T) {
	ws := serve(t)
	resp, body := visit(t, ws, http.MethodPost, "api/auth.test", "", func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+wst.BotToken)
		r.Host = "workspace.internal" // the app may know the workspace by another name
	})
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, `"ok":true`) {
		t.Errorf("auth.test: %s %s", resp.Status, body)
	}
}

func TestModulesBuildNoMarkup(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc|javascript:|createContextualFragment|setHTMLUnsafe`)
	modules := 0
	must(t, fs.WalkDir(os.DirFS("static"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".js") {
			return err
		}
		modules++
		text, err := os.ReadFile("static/" + path)
		if found := forbidden.Find(text); found != nil {
			t.Errorf("%s has %s", path, found)
		}
		return err
	}))
	if modules < 10 {
		t.Errorf("only %d modules were looked at", modules)
	}
}
