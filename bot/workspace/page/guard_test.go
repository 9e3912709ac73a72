package page_test

import (
	"net/http"
	"strings"
	"testing"

	wst "hardenbot/bot/workspace/workspacetest"
)

func TestForeignersAreRefused(t *testing.T) {
	ws := serve(t)
	good := token(t, ws)
	const say, line = "_page/type?as=" + wst.Alice, `{"channel":"C0OPS","line":"hello"}`
	header := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
			if h := r.Header.Get("Host"); h != "" {
				r.Host = h
			}
		}
	}
	own := strings.TrimSuffix(address(ws), "/")
	for _, tt := range []struct {
		name, method, path, body string
		change                   func(*http.Request)
		want                     int
	}{
		{"the page", "GET", "", "", nil, 200},
		{"as localhost", "GET", "", "", header("Host", "localhost:1"), 200},
		{"as another loopback address", "GET", "", "", header("Host", "[::1]:1"), 200},
		{"a rebound name", "GET", "", "", header("Host", "evil.example"), 421},
		{"a rebound name that looks near", "GET", "", "", header("Host", "localhost.evil.example:80"), 421},
		{"a public address", "GET", "_page/directory", "", header("Host", "192.0.2.1"), 421},
		{"a rebound name on the stream", "GET", "_page/stream?as=" + wst.Alice, "", header("Host", "evil.example"), 421},
		{"an action", "POST", say, line, header("X-Page-Token", good), 200},
		{"an action of the page itself", "POST", say, line, header("X-Page-Token", good, "Origin", own, "Sec-Fetch-Site", "same-origin"), 200},
		{"no token", "POST", say, line, nil, 403},
		{"a wrong token", "POST", say, line, header("X-Page-Token", good[1:]), 403},
		{"a foreign origin", "POST", say, line, header("X-Page-Token", good, "Origin", "http://evil.example"), 403},
		{"another port's origin", "POST", say, line, header("X-Page-Token", good, "Origin", "http://127.0.0.1:1"), 403},
		{"a foreign site", "POST", say, line, header("X-Page-Token", good, "Sec-Fetch-Site", "cross-site"), 403},
		{"a neighbouring site", "POST", say, line, header("X-Page-Token", good, "Sec-Fetch-Site", "same-site"), 403},
		{"a rebound name with the token", "POST", say, line, header("X-Page-Token", good, "Host", "evil.example"), 421},
		{"an action by GET", "GET", say, "", header("X-Page-Token", good), 405},
		{"an unknown person", "POST", "_page/type?as=U9", line, header("X-Page-Token", good), 404},
		{"the app as a person", "POST", "_page/type?as=" + wst.Bot, line, header("X-Page-Token", good), 404},
		{"an unknown property", "POST", say, `{"channel":"C0OPS","text":"x"}`, header("X-Page-Token", good), 400},
		{"too much", "POST", say, `{"line":"` + strings.Repeat("x", 1<<18) + `"}`, header("X-Page-Token", good), 400},
		{"a channel that carol is not in", "POST", "_page/type?as=" + wst.Carol, `{"channel":"G0PRIVATE","line":"x"}`, header("X-Page-Token", good), 422},
		{"an unknown file", "GET", "_page/files/F1?as=" + wst.Alice, "", nil, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(ws.Messages(wst.Ops))
			resp, body := visit(t, ws, tt.method, tt.path, tt.body, tt.change)
			if resp.StatusCode != tt.want {
				t.Errorf("%s %s, want %d", resp.Status, body, tt.want)
			}
			if said := len(ws.Messages(wst.Ops)) > before; said != (tt.method == "POST" && tt.want == 200) {
				t.Errorf("said: %t", said)
			}
		})
	}
}
