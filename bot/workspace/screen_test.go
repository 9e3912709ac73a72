package workspace_test

import (
	"context"
	"errors"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

func texts(s workspace.Screen) []string {
	var all []string
	for _, m := range s.Messages {
		text := m.Text()
		if m.Deleted {
			text = "deleted " + text
		}
		all = append(all, text)
	}
	return all
}

func wantTexts(t *testing.T, s workspace.Screen, want ...string) {
	t.Helper()
	got := texts(s)
	if len(got) != len(want) {
		t.Fatalf("messages %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("message %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestScreenTellsOnlyChanges(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	carol := ws.As(workspacetest.Carol)
	say := func(channel, text string) string {
		t.Helper()
		m, err := ws.As(workspacetest.Bob).Say(channel, text, "")
		must(t, err)
		return m.TS
	}
	post(t, ws, api, section("one"))
	say(workspacetest.Private, "not for carol")
	_, err := api.PostEphemeral(workspacetest.Ops, workspacetest.Bob, slack.MsgOptionText("only bob", false))
	must(t, err)
	first := carol.Screen(0)
	wantTexts(t, first, "text\none")
	wantTexts(t, ws.As(workspacetest.Bob).Screen(0), "text\none", "only bob", "not for carol")
	wantTexts(t, carol.Screen(first.Revision))

	_, two, err := api.PostMessage(workspacetest.Ops, slack.MsgOptionText("two", false))
	must(t, err)
	_, _, _, err = api.UpdateMessage(workspacetest.Ops, first.Messages[0].TS, slack.MsgOptionText("edited", false), slack.MsgOptionBlocks())
	must(t, err)
	second := carol.Screen(first.Revision)
	wantTexts(t, second, "edited", "two")
	must(t, carol.React(workspacetest.Ops, first.Messages[0].TS, "eyes", true))
	_, _, err = api.DeleteMessage(workspacetest.Ops, two)
	must(t, err)
	wantTexts(t, carol.Screen(second.Revision), "edited", "deleted two")
	wantTexts(t, carol.Screen(0), "edited")
}

func TestUnread(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	bob, carol := ws.As(workspacetest.Bob), ws.As(workspacetest.Carol)
	m, err := bob.Say(workspacetest.Ops, "hello", "")
	must(t, err)
	_, err = bob.Say(workspacetest.Ops, "a reply does not count", m.TS)
	must(t, err)
	if got := carol.Screen(0).Unread; got[workspacetest.Carol] != 1 || got[workspacetest.Alice] != 1 || got[workspacetest.Bob] != 0 {
		t.Errorf("unread %v", got)
	}
	must(t, carol.MarkRead(workspacetest.Ops, m.TS))
	must(t, carol.MarkRead(workspacetest.Ops, "1.0"))
	s := carol.Screen(0)
	if s.Unread[workspacetest.Carol] != 0 || s.Read[workspacetest.Ops] != m.TS {
		t.Errorf("unread %v, read %v", s.Unread, s.Read)
	}
	if err := carol.MarkRead(workspacetest.Private, m.TS); !errors.Is(err, workspace.ErrNotVisible) {
		t.Errorf("a channel that carol is not in: %v", err)
	}
}

func TestWaitScreenEnds(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	carol := ws.As(workspacetest.Carol)
	now := carol.Screen(0).Revision
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := carol.WaitScreen(ctx, now); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller gave up: %v", err)
	}
	done := make(chan error)
	go func() {
		_, err := carol.WaitScreen(t.Context(), now)
		done <- err
	}()
	ws.Close()
	// Closing may count as a change first; the next wait has nothing to wait for.
	if err := <-done; err != nil && !errors.Is(err, workspace.ErrClosed) {
		t.Errorf("the workspace ended: %v", err)
	}
	if _, err := carol.WaitScreen(soon(t), carol.Screen(0).Revision); !errors.Is(err, workspace.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestPeopleReact(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.BotScopes = append(cfg.BotScopes, "reactions:read")
	cfg.Events = append(cfg.Events, "reaction_added", "reaction_removed")
	ws := workspacetest.Start(t, cfg)
	a := connect(t, ws, acknowledge)
	m := post(t, ws, &a.Client.Client, section("x"))
	bob, carol := ws.As(workspacetest.Bob), ws.As(workspacetest.Carol)
	must(t, bob.React(m.Channel, m.TS, "eyes", true))
	must(t, carol.React(m.Channel, m.TS, "eyes", true))
	must(t, bob.React(m.Channel, m.TS, "eyes", false))
	wantError(t, carol.React(m.Channel, m.TS, "eyes", true), "already_reacted")
	wantError(t, carol.React(m.Channel, m.TS, "<script>", true), "invalid_name")
	now, _ := ws.Message(m.Channel, m.TS)
	if len(now.Reactions) != 1 || len(now.Reactions[0].Users) != 1 || now.Reactions[0].Users[0] != workspacetest.Carol {
		t.Errorf("reactions %v", now.Reactions)
	}
	must(t, ws.Wait(soon(t), func() bool { return len(a.received()) == 3 }))
	added := 0
	for _, e := range a.received() {
		if e, ok := e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.ReactionAddedEvent); ok && e.Reaction == "eyes" && e.Item.Timestamp == m.TS {
			added++
		}
	}
	if added != 2 {
		t.Errorf("%d reactions added", added)
	}
}

func TestFilesAreForThoseWhoSeeThem(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	up, err := api.GetUploadURLExternalContext(soon(t), slack.GetUploadURLExternalParameters{FileName: "a.txt", FileSize: 2})
	must(t, err)
	upload(t, up.UploadURL, []byte("hi"))
	alice := ws.As(workspacetest.Alice)
	if _, ok := alice.File(up.FileID); ok {
		t.Error("a file that is not complete")
	}
	_, err = api.CompleteUploadExternalContext(soon(t), slack.CompleteUploadExternalParameters{
		Files: []slack.FileSummary{{ID: up.FileID, Title: "A"}}, Channel: workspacetest.Private,
	})
	must(t, err)
	if f, ok := alice.File(up.FileID); !ok || string(f.Content) != "hi" {
		t.Errorf("alice gets %v %q", ok, f.Content)
	}
	if _, ok := ws.As(workspacetest.Carol).File(up.FileID); ok {
		t.Error("carol is not in the channel")
	}
}
