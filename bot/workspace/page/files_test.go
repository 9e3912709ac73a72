package page_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestFiles(t *testing.T) {
	ws := serve(t)
	api := wst.Client(t, ws)
	for _, tt := range []struct {
		name, content, kind string
		saved               bool
	}{
		{"a.png", picture(t), "image/png", false},
		{"report.html", "<script>alert(1)</script>", "application/octet-stream", true},
		{"picture.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "application/octet-stream", true},
		{"\"\r\nX: y\".txt", "text", "application/octet-stream", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := upload(t, ws, api, tt.name, tt.content)
			resp, body := visit(t, ws, http.MethodGet, "_page/files/"+id+"?as="+wst.Alice, "", nil)
			saved := strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment")
			if body != tt.content || resp.Header.Get("Content-Type") != tt.kind || saved != tt.saved {
				t.Errorf("%q as %v", body, resp.Header)
			}
		})
	}
}

// picture makes a PNG.
func picture(t *testing.T) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 120, 60))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{R: 28, G: 107, B: 82, A: 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	must(t, png.Encode(&b, m))
	return b.String()
}

// upload shares a file in #ops, in Slack's three steps.
func upload(t *testing.T, ws *workspace.Workspace, api *slack.Client, name, content string) (id string) {
	t.Helper()
	up, err := api.GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: name, FileSize: len(content)})
	must(t, err)
	resp, _ := visit(t, ws, http.MethodPost, strings.TrimPrefix(up.UploadURL, address(ws)), content, nil)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("upload: %s", resp.Status)
	}
	_, err = api.CompleteUploadExternalContext(t.Context(), slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: up.FileID, Title: name}}, Channel: wst.Ops})
	must(t, err)
	return up.FileID
}
