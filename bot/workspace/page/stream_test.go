package page_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// listen opens a person's stream; next returns the data of the next event.
func listen(t *testing.T, ws *workspace.Workspace, path, lastID string) (next func() (id string, data []byte)) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address(ws)+path, nil)
	must(t, err)
	req.Close = true
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return func() (id string, data []byte) {
		t.Helper()
		for lines.Scan() {
			if s, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = s
			}
			if s, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return id, []byte(s)
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return "", nil
	}
}

type shown struct {
	Full     bool
	Messages []struct {
		Text      string
		Ephemeral bool
		Deleted   bool
	}
}

func (s shown) texts() string {
	var all []string
	for _, m := range s.Messages {
		all = append(all, m.Text)
	}
	return strings.Join(all, ",")
}

func TestStream(t *testing.T) {
	ws := serve(t)
	path := "_page/stream?as=" + wst.Bob + "&token=" + token(t, ws)
	read := func(next func() (string, []byte)) (string, shown) {
		t.Helper()
		var s shown
		id, data := next()
		must(t, json.Unmarshal(data, &s))
		return id, s
	}
	say := func(channel, text string) {
		t.Helper()
		_, err := ws.As(wst.Alice).Say(channel, text, "")
		must(t, err)
	}
	say(wst.Ops, "one")
	next := listen(t, ws, path, "")
	id, first := read(next)
	if !first.Full || first.texts() != "one" {
		t.Errorf("first %+v", first)
	}
	say(wst.Ops, "two")
	if _, second := read(next); second.Full || second.texts() != "two" {
		t.Errorf("second %+v", second)
	}
	say(wst.Private, "three")
	if _, back := read(listen(t, ws, path, id)); back.Full || back.texts() != "two,three" {
		t.Errorf("after coming back %+v", back)
	}
	if _, s := read(listen(t, ws, strings.Replace(path, wst.Bob, wst.Carol, 1), "")); strings.Contains(s.texts(), "three") {
		t.Errorf("carol sees %s", s.texts())
	}
	if _, data := listen(t, ws, "_page/stream?as="+wst.Bob+"&token=earlier", id)(); string(data) != "{}" {
		t.Errorf("a page of an earlier process got %s", data)
	}
	ws.Close() // ends the streams; the server could not be closed otherwise
}

// Markup in a message is text, and not even markup in the JSON.
func TestMarkupStaysText(t *testing.T) {
	ws := serve(t)
	_, err := ws.As(wst.Alice).Say(wst.Ops, `</script><script>alert(1)</script>`, "")
	must(t, err)
	_, data := listen(t, ws, "_page/stream?as="+wst.Bob+"&token="+token(t, ws), "")()
	if bytes.ContainsAny(data, "<>") {
		t.Errorf("the stream has markup: %s", data)
	}
}
