package workspace_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

func confirm() *slack.ConfirmationBlockObject {
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	return slack.NewConfirmationBlockObject(text("Sure?"), text("4 hosts"), text("Yes"), text("No"))
}

func (a *app) lastInteraction() slack.InteractionCallback {
	seen := a.received()
	return seen[len(seen)-1].Data.(slack.InteractionCallback)
}

func TestClick(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	m := post(t, ws, &a.Client.Client, section("approve?"), button("approve", "plan-1", "Approve", confirm()), button("deny", "plan-2", "Deny", nil))
	bob := ws.As(workspacetest.Bob)
	_, err := bob.Click(soon(t), m, "approve", workspace.Accept())
	must(t, err)
	got := a.lastInteraction()
	action := got.ActionCallback.BlockActions[0]
	if got.User.ID != workspacetest.Bob || got.Channel.ID != m.Channel || got.Container.MessageTs != m.TS || got.TriggerID == "" ||
		got.Message.Text != "text" || action.ActionID != "approve" || action.Value != "plan-1" || action.BlockID == "" || action.Text.Text != "Approve" {
		t.Errorf("interaction %+v, action %+v", got, action)
	}
	for _, tt := range []struct {
		name, action string
		opts         []workspace.ClickOption
		want         error
	}{
		{"confirm not accepted", "approve", nil, workspace.ErrNotConfirmed},
		{"no confirm to accept", "deny", []workspace.ClickOption{workspace.Accept()}, workspace.ErrNotConfirmed},
		{"no such button", "delete", nil, workspace.ErrNoElement},
		{"not in that block", "deny", []workspace.ClickOption{workspace.InBlock("other")}, workspace.ErrNoElement},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := bob.Click(soon(t), m, tt.action, tt.opts...); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	_, _, _, err = a.UpdateMessage(m.Channel, m.TS, slack.MsgOptionText("done", false), slack.MsgOptionBlocks(section("Approved")))
	must(t, err)
	if _, err := bob.Click(soon(t), m, "deny"); !errors.Is(err, workspace.ErrNoElement) {
		t.Errorf("a button that is gone: %v", err)
	}
	_, err = bob.Click(soon(t), m, "deny", workspace.Stale())
	must(t, err)
	_, _, err = a.DeleteMessage(m.Channel, m.TS)
	must(t, err)
	if _, err := bob.Click(soon(t), m, "deny", workspace.Stale()); !errors.Is(err, workspace.ErrGone) {
		t.Errorf("a deleted message: %v", err)
	}
}

func TestEphemeralIsForOnePerson(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	_, err := a.PostEphemeral(workspacetest.Ops, workspacetest.Bob, slack.MsgOptionText("only you", false), slack.MsgOptionBlocks(button("ok", "1", "OK", nil)))
	must(t, err)
	m := ws.Ephemerals(workspacetest.Bob)[0]
	if len(ws.Messages(workspacetest.Ops)) != 0 || len(ws.Ephemerals(workspacetest.Alice)) != 0 {
		t.Error("others see it")
	}
	if _, err := ws.As(workspacetest.Alice).Click(soon(t), m, "ok"); !errors.Is(err, workspace.ErrNotVisible) {
		t.Errorf("alice's click: %v", err)
	}
	_, err = ws.As(workspacetest.Bob).Click(soon(t), m, "ok")
	must(t, err)
	if got := a.lastInteraction(); !got.Container.IsEphemeral || got.Message.Text != "" {
		t.Errorf("interaction %+v", got)
	}
	_, _, err = a.PostMessage("", slack.MsgOptionDeleteOriginal(a.lastInteraction().ResponseURL))
	must(t, err)
	if n := len(ws.Ephemerals(workspacetest.Bob)); n != 0 {
		t.Errorf("%d ephemeral messages after delete_original", n)
	}
	private := postIn(t, ws, a, workspacetest.Private)
	if _, err := ws.As(workspacetest.Carol).Click(soon(t), private, "ok"); !errors.Is(err, workspace.ErrNotVisible) {
		t.Errorf("carol's click in a channel she is not in: %v", err)
	}
}

func postIn(t *testing.T, ws *workspace.Workspace, a *app, channel string) workspace.Message {
	t.Helper()
	_, ts, err := a.PostMessage(channel, slack.MsgOptionBlocks(button("ok", "1", "OK", nil)))
	must(t, err)
	m, _ := ws.Message(channel, ts)
	return m
}

func TestForgedAndRepeatedDeliveries(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	m := post(t, ws, &a.Client.Client, button("approve", "plan-1", "Approve", nil))
	ack, err := ws.As(workspacetest.Bob).Click(soon(t), m, "approve")
	must(t, err)
	_, err = ws.Deliver(soon(t), ack.Sent)
	must(t, err)
	forged := ack.Sent
	forged.Payload = json.RawMessage(strings.ReplaceAll(string(forged.Payload), "plan-1", "plan-666"))
	_, err = ws.Deliver(soon(t), forged)
	must(t, err)
	var values []string
	for _, e := range a.received() {
		values = append(values, e.Data.(slack.InteractionCallback).ActionCallback.BlockActions[0].Value)
	}
	if got := strings.Join(values, " "); got != "plan-1 plan-1 plan-666" {
		t.Errorf("values %s", got)
	}
}

func TestResponseURL(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	m := post(t, ws, &a.Client.Client, button("go", "1", "Go", nil))
	_, err := ws.As(workspacetest.Bob).Click(soon(t), m, "go")
	must(t, err)
	address := a.lastInteraction().ResponseURL
	respond := func(opts ...slack.MsgOption) error {
		_, _, err := a.PostMessage("", opts...)
		return err
	}
	must(t, respond(slack.MsgOptionReplaceOriginal(address), slack.MsgOptionText("replaced", false)))
	if now, _ := ws.Message(m.Channel, m.TS); now.Text() != "replaced" || len(now.Edits) != 1 {
		t.Errorf("original %q", now.Text())
	}
	must(t, respond(slack.MsgOptionResponseURL(address, "ephemeral"), slack.MsgOptionText("for bob", false)))
	must(t, respond(slack.MsgOptionResponseURL(address, "in_channel"), slack.MsgOptionText("for all", false)))
	if got := ws.Messages(m.Channel); len(got) != 2 || got[1].Text() != "for all" || ws.Ephemerals(workspacetest.Bob)[0].Text() != "for bob" {
		t.Errorf("messages %v", got)
	}
	if err := respond(slack.MsgOptionResponseURL(address, "ephemeral"), slack.MsgOptionBlocks(section(""))); err == nil {
		t.Error("empty text was taken")
	}
	must(t, respond(slack.MsgOptionDeleteOriginal(address)))
	var status slack.StatusCodeError
	if err := respond(slack.MsgOptionResponseURL(address, "ephemeral"), slack.MsgOptionText("sixth", false)); !errors.As(err, &status) || status.Code != 404 {
		t.Errorf("sixth use: %v", err)
	}

	_, err = ws.As(workspacetest.Bob).Command(soon(t), workspacetest.Random, "/harden", "")
	must(t, err)
	seen := a.received()
	address = seen[len(seen)-1].Data.(slack.SlashCommand).ResponseURL
	must(t, respond(slack.MsgOptionResponseURL(address, "in_channel"), slack.MsgOptionText("the app is not in this channel", false)))
	ws.Advance(31 * time.Minute)
	if err := respond(slack.MsgOptionResponseURL(address, "ephemeral"), slack.MsgOptionText("late", false)); !errors.As(err, &status) || status.Code != 404 {
		t.Errorf("after 31 minutes: %v", err)
	}
	if len(ws.Messages(workspacetest.Random)) != 1 {
		t.Error("the answer in the other channel is missing")
	}
}

func modal(callback string) slack.ModalViewRequest {
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	reason := slack.NewPlainTextInputBlockElement(nil, "reason").WithMinLength(3)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callback, Title: text("Deny"), Submit: text("Deny"), PrivateMetadata: "plan-1", NotifyOnClose: true,
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("why", text("Reason"), nil, reason)}},
	}
}

// openModal has alice run the command, to which the app opens the modal.
func openModal(t *testing.T, ws *workspace.Workspace, a *app) workspace.View {
	t.Helper()
	_, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "deny")
	must(t, err)
	seen := a.received()
	_, err = a.OpenView(seen[len(seen)-1].Data.(slack.SlashCommand).TriggerID, modal("deny"))
	must(t, err)
	v, err := ws.WaitView(soon(t), workspacetest.Alice, func(v workspace.View) bool { return v.CallbackID == "deny" })
	must(t, err)
	return v
}

func TestTriggers(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	openModal(t, ws, a)
	trigger := a.received()[0].Data.(slack.SlashCommand).TriggerID
	_, err := a.OpenView(trigger, modal("again"))
	wantError(t, err, "exchanged_trigger_id")
	_, err = ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "")
	must(t, err)
	ws.Advance(3*time.Second + time.Millisecond)
	_, err = a.OpenView(a.received()[1].Data.(slack.SlashCommand).TriggerID, modal("late"))
	wantError(t, err, "expired_trigger_id")
}

func TestSubmit(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	var answer any
	a := connect(t, ws, func(a *app, e socketmode.Event) {
		if e.Type == socketmode.EventTypeInteractive && e.Data.(slack.InteractionCallback).Type == slack.InteractionTypeViewSubmission {
			_ = a.Ack(*e.Request, answer)
			return
		}
		acknowledge(a, e)
	})
	alice := ws.As(workspacetest.Alice)
	v := openModal(t, ws, a)
	if v.Text() != "Deny\nReason" {
		t.Errorf("modal %q", v.Text())
	}
	for _, bad := range []workspace.Values{{}, {"reason": "no"}} {
		if _, err := alice.Submit(soon(t), v, bad); !errors.Is(err, workspace.ErrBadInput) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := alice.Submit(soon(t), v, workspace.Values{"reason": "too risky", "other": "x"}); !errors.Is(err, workspace.ErrNoElement) {
		t.Errorf("an input that is not there: %v", err)
	}
	submit := func(with any) workspace.Ack {
		t.Helper()
		answer = with
		ack, err := alice.Submit(soon(t), v, workspace.Values{"reason": "too risky"})
		must(t, err)
		return ack
	}
	if ack := submit(slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "say more"})); ack.Errors["why"] != "say more" || len(ws.Views(workspacetest.Alice)) != 1 {
		t.Errorf("errors %v", ack.Errors)
	}
	got := a.lastInteraction()
	if got.View.State.Values["why"]["reason"].Value != "too risky" || got.View.PrivateMetadata != "plan-1" || got.View.CallbackID != "deny" {
		t.Errorf("submission %+v", got.View)
	}
	next := modal("next")
	submit(slack.NewUpdateViewSubmissionResponse(&next))
	if open := ws.Views(workspacetest.Alice); len(open) != 1 || open[0].CallbackID != "next" || open[0].ID != v.ID {
		t.Errorf("after update %+v", open)
	}
	submit(slack.NewPushViewSubmissionResponse(&next))
	if open := ws.Views(workspacetest.Alice); len(open) != 2 {
		t.Errorf("after push %+v", open)
	}
	if _, err := alice.Submit(soon(t), v, workspace.Values{"reason": "too risky"}); !errors.Is(err, workspace.ErrNotVisible) {
		t.Errorf("a modal below another: %v", err)
	}
	v = ws.Views(workspacetest.Alice)[1]
	submit(nil)
	_, err := alice.CloseView(soon(t), ws.Views(workspacetest.Alice)[0])
	must(t, err)
	if got := a.lastInteraction(); got.Type != slack.InteractionTypeViewClosed || len(ws.Views(workspacetest.Alice)) != 0 {
		t.Errorf("close %+v", got)
	}
	if p := ws.Problems(); len(p) != 0 {
		t.Errorf("problems %q", p)
	}
}

// What was emptied is null, whatever the app had set beforehand.
func TestSubmitWhatWasEmptied(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	_, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "form")
	must(t, err)
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	risk := slack.NewOptionBlockObject("risk", text("Risk"), nil)
	one := slack.NewOptionsSelectBlockElement("static_select", nil, "one", risk)
	one.InitialOption = risk
	many := slack.NewCheckboxGroupsBlockElement("many", risk)
	many.InitialOptions = []*slack.OptionBlockObject{risk}
	words := slack.NewPlainTextInputBlockElement(nil, "words")
	words.InitialValue = "set by the app"
	var blocks []slack.Block
	for _, e := range []slack.BlockElement{one, many, words} {
		blocks = append(blocks, slack.NewInputBlock("", text("x"), nil, e).WithOptional(true))
	}
	_, err = a.OpenView(a.received()[0].Data.(slack.SlashCommand).TriggerID, slack.ModalViewRequest{
		Type: slack.VTModal, Title: text("Form"), Submit: text("Send"), Blocks: slack.Blocks{BlockSet: blocks},
	})
	must(t, err)
	v := ws.Views(workspacetest.Alice)[0]
	_, err = ws.As(workspacetest.Alice).Submit(soon(t), v, workspace.Values{"one": "", "many": "", "words": ""})
	must(t, err)
	for _, block := range a.lastInteraction().View.State.Values {
		for id, action := range block {
			if action.SelectedOption.Value != "" || len(action.SelectedOptions) != 0 || action.Value != "" {
				t.Errorf("%s is %+v", id, action)
			}
		}
	}
}

func TestClickInAModalTellsWhatIsFilledIn(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	_, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "deny")
	must(t, err)
	view := modal("deny")
	view.Blocks.BlockSet = append(view.Blocks.BlockSet, button("look", "1", "Look up", nil))
	_, err = a.OpenView(a.received()[0].Data.(slack.SlashCommand).TriggerID, view)
	must(t, err)
	v := ws.Views(workspacetest.Alice)[0]
	// Two characters are too few to submit, and may stand there nevertheless.
	_, err = ws.As(workspacetest.Alice).ClickView(soon(t), v, "look", workspace.Filled(workspace.Values{"reason": "no"}))
	must(t, err)
	if got := a.lastInteraction().View.State.Values["why"]["reason"].Value; got != "no" {
		t.Errorf("the app is told %q", got)
	}
}

func TestHome(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, func(a *app, e socketmode.Event) {
		acknowledge(a, e)
		if e.Type != socketmode.EventTypeEventsAPI {
			return
		}
		home := e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
		_, _ = a.PublishView(home.User, slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
			section("4 hosts"), button("refresh", "now", "Refresh", nil)}}}, "")
	})
	ws.As(workspacetest.Alice).Home()
	var home workspace.View
	must(t, ws.Wait(soon(t), func() bool { v, ok := ws.HomeView(workspacetest.Alice); home = v; return ok }))
	if home.Text() != "4 hosts\nRefresh" {
		t.Errorf("home %q", home.Text())
	}
	_, err := ws.As(workspacetest.Alice).ClickView(soon(t), home, "refresh")
	must(t, err)
	if got := a.lastInteraction(); got.View.ID != home.ID || got.Container.Type != "view" || got.ResponseURL != "" {
		t.Errorf("interaction %+v", got)
	}
}

func TestChooseFromAMenu(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, acknowledge)
	text := slack.NewTextBlockObject("plain_text", "x", false, false)
	menu := slack.NewOverflowBlockElement("more", slack.NewOptionBlockObject("waive", text, nil), slack.NewOptionBlockObject("hide", text, nil))
	m := post(t, ws, &a.Client.Client, slack.NewActionBlock("", menu))
	if _, err := ws.As(workspacetest.Bob).Click(soon(t), m, "more", workspace.Choose("delete")); !errors.Is(err, workspace.ErrBadInput) {
		t.Errorf("an option that is not there: %v", err)
	}
	_, err := ws.As(workspacetest.Bob).Click(soon(t), m, "more", workspace.Choose("hide"))
	must(t, err)
	if got := a.lastInteraction().ActionCallback.BlockActions[0].SelectedOption.Value; got != "hide" {
		t.Errorf("chosen %q", got)
	}
}

func TestWaitTellsWhatWasThere(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	ctx := soon(t)
	found := make(chan workspace.Message, 1)
	go func() {
		m, _ := ws.WaitMessage(ctx, workspacetest.Ops, workspace.Containing("two", "2"))
		found <- m
	}()
	for _, text := range []string{"one 1", "two 2"} {
		_, err := ws.As(workspacetest.Alice).Say(workspacetest.Ops, text, "")
		must(t, err)
	}
	if m := <-found; m.Text() != "two 2" {
		t.Errorf("found %q", m.Text())
	}
	short, cancel := contextWithin(t, 20*time.Millisecond)
	defer cancel()
	if _, err := ws.WaitMessage(short, workspacetest.Ops, workspace.Containing("three")); err == nil || !strings.Contains(err.Error(), `"two 2"`) {
		t.Errorf("error %v", err)
	}
}
