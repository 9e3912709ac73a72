package workspace_test

import (
	"errors"
	"testing"

	"github.com/slack-go/slack"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

func TestMessageShortcut(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.Shortcuts = []string{"scan_named"}
	ws := workspacetest.Start(t, cfg)
	a := connect(t, ws, acknowledge)
	m, err := ws.As(workspacetest.Alice).Say(workspacetest.Random, "look at web-1", "")
	must(t, err)
	_, err = ws.As(workspacetest.Bob).Shortcut(soon(t), m, "scan_named")
	must(t, err)
	got := a.lastInteraction()
	if got.Type != slack.InteractionTypeMessageAction || got.CallbackID != "scan_named" || got.User.ID != workspacetest.Bob ||
		got.Channel.ID != workspacetest.Random || got.MessageTs != m.TS || got.Message.Text != "look at web-1" || got.TriggerID == "" || got.ActionTs == "" {
		t.Errorf("interaction %+v", got)
	}
	view := slack.ModalViewRequest{
		Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", "Scan", false, false),
		Blocks: slack.Blocks{BlockSet: []slack.Block{section("which?")}},
	}
	_, err = a.OpenView(got.TriggerID, view)
	must(t, err)
	_, _, err = a.PostMessage("", slack.MsgOptionText("only you", false), slack.MsgOptionResponseURL(got.ResponseURL, "ephemeral"))
	must(t, err)
	if told := ws.Ephemerals(workspacetest.Bob); len(told) != 1 || told[0].RawText != "only you" {
		t.Errorf("bob was told %v", told)
	}
	if _, err := ws.As(workspacetest.Bob).Shortcut(soon(t), m, "delete_all"); !errors.Is(err, workspace.ErrUnknownShortcut) {
		t.Errorf("no such shortcut: %v", err)
	}
	if _, err := ws.As(workspacetest.Bob).Shortcut(soon(t), ws.Ephemerals(workspacetest.Bob)[0], "scan_named"); !errors.Is(err, workspace.ErrNoElement) {
		t.Errorf("on an ephemeral message: %v", err)
	}
	hidden, err := ws.As(workspacetest.Alice).Say(workspacetest.Private, "web-2", "")
	must(t, err)
	if _, err := ws.As(workspacetest.Carol).Shortcut(soon(t), hidden, "scan_named"); !errors.Is(err, workspace.ErrNotVisible) {
		t.Errorf("in a channel that carol is not in: %v", err)
	}
}
