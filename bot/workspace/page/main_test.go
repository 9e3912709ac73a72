package page_test

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/page"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(tests{m}) }

// tests ends the browser before anybody looks for what was left running.
type tests struct{ *testing.M }

func (t tests) Run() int {
	defer shared.close()
	return t.M.Run()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve starts the standard team with the page in front.
func serve(t *testing.T) *workspace.Workspace {
	t.Helper()
	return wst.Serve(t, wst.Config(), func(ws *workspace.Workspace) http.Handler {
		return page.New(ws, page.Options{
			Notes:  map[string]string{wst.Alice: "requester", wst.Bob: "approver", wst.Carol: "bystander"},
			Usages: []page.Usage{{Text: "/harden scan PATTERN", Says: "look at hosts"}, {Text: "/harden help", Says: "show what can be asked"}},
		})
	})
}

// address is where the page is.
func address(ws *workspace.Workspace) string { return ws.APIURL()[:len(ws.APIURL())-len("api/")] }
