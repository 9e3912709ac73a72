package page_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// app is a small app on the stock client. What it does, its handlers say.
type app struct {
	*socketmode.Client
	t *testing.T
}

// runApp connects the app until the test ends.
func runApp(t *testing.T, ws *workspace.Workspace) *app {
	t.Helper()
	a := &app{Client: socketmode.New(wst.Client(t, ws)), t: t}
	wst.Run(t, ws, a.Client, a.handle)
	return a
}

func (a *app) handle(e socketmode.Event) {
	switch data := e.Data.(type) {
	case slack.SlashCommand:
		a.command(e, data)
	case slack.InteractionCallback:
		a.interaction(e, data)
	case slackevents.EventsAPIEvent:
		_ = a.Ack(*e.Request)
		a.event(data.InnerEvent.Data)
	}
}

func (a *app) command(e socketmode.Event, c slack.SlashCommand) {
	verb, _, _ := strings.Cut(c.Text, " ")
	if verb == "silent" {
		return
	}
	_ = a.Ack(*e.Request)
	switch verb {
	case "scan":
		a.finding(c.ChannelID)
	case "help":
		a.postEphemeral(c.ChannelID, c.UserID, "`/harden scan PATTERN` looks at hosts.")
	}
}

func (a *app) event(e any) {
	switch e := e.(type) {
	case *slackevents.AppMentionEvent:
		a.post(e.Channel, slack.MsgOptionText("You said: "+e.Text, false))
	case *slackevents.AppHomeOpenedEvent:
		_, err := a.PublishView(e.User, slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewHeaderBlock(plain("How the fleet stands")), section("*4 hosts*, 2 findings"),
			slack.NewActionBlock("home", slack.NewButtonBlockElement("scan_all", "all", plain("Scan all"))),
		}}}, "")
		a.check(err)
	}
}

func (a *app) interaction(e socketmode.Event, i slack.InteractionCallback) {
	if i.Type == slack.InteractionTypeViewSubmission {
		a.submitted(e, i)
		return
	}
	_ = a.Ack(*e.Request)
	if i.Type != slack.InteractionTypeBlockActions {
		return
	}
	action := i.ActionCallback.BlockActions[0]
	switch action.ActionID {
	case "approve":
		a.update(i.Channel.ID, i.Message.Timestamp, section("*sshd accepts passwords*\nApproved by <@"+i.User.ID+">"))
		a.post(i.Channel.ID, slack.MsgOptionTS(i.Message.Timestamp), slack.MsgOptionText("Run: 1 of 1 done.", false))
	case "deny":
		_, err := a.OpenView(i.TriggerID, denial())
		a.check(err)
	case "more", "layer":
		a.postEphemeral(i.Channel.ID, i.User.ID, "You chose "+action.SelectedOption.Value+".")
	case "scan_all":
		a.post(wst.Ops, slack.MsgOptionText("Scanning all, as <@"+i.User.ID+"> asks.", false))
	}
}

// submitted answers a denial: too short a reason comes back with an error, and the
// word "next" pushes another window.
func (a *app) submitted(e socketmode.Event, i slack.InteractionCallback) {
	reason := i.View.State.Values["why"]["reason"].Value
	switch {
	case i.View.CallbackID == "next":
		_ = a.Ack(*e.Request, slack.NewClearViewSubmissionResponse())
	case reason == "no":
		_ = a.Ack(*e.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say more than that."}))
	case reason == "next":
		next := denial()
		next.CallbackID, next.Title = "next", plain("Next window")
		_ = a.Ack(*e.Request, slack.NewPushViewSubmissionResponse(&next))
	default:
		_ = a.Ack(*e.Request)
		values := i.View.State.Values
		a.post(wst.Ops, slack.MsgOptionText(fmt.Sprintf("Denied: %s / %s / %s / %d boxes / %s", reason, values["kind"]["kind"].SelectedOption.Value,
			values["how"]["how"].SelectedOption.Value, len(values["tell"]["tell"].SelectedOptions), values["until"]["until"].SelectedDate), false))
	}
}

func (a *app) check(err error) {
	if err != nil {
		a.t.Errorf("the app's call: %v", err)
	}
}

func (a *app) post(channel string, opts ...slack.MsgOption) string {
	_, ts, err := a.PostMessage(channel, opts...)
	a.check(err)
	return ts
}

func (a *app) postEphemeral(channel, user, text string) {
	_, err := a.PostEphemeral(channel, user, slack.MsgOptionText(text, false))
	a.check(err)
}

func (a *app) update(channel, ts string, blocks ...slack.Block) {
	_, _, _, err := a.UpdateMessage(channel, ts, slack.MsgOptionText("updated", false), slack.MsgOptionBlocks(blocks...))
	a.check(err)
}

// finding posts a request as a hardening app does, with every kind of element.
func (a *app) finding(channel string) string {
	return a.post(channel, slack.MsgOptionText("Approve? sshd accepts passwords", false), slack.MsgOptionBlocks(request()...))
}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("mrkdwn", s, false, true)
}

func section(s string) slack.Block { return slack.NewSectionBlock(mrkdwn(s), nil, nil) }

func option(value, text string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(value, plain(text), nil)
}

func request() []slack.Block {
	approve := slack.NewButtonBlockElement("approve", "P-1", plain("Approve"))
	approve.Style = slack.StylePrimary
	approve.Confirm = slack.NewConfirmationBlockObject(plain("Approve plan P-1?"), plain("This changes 2 hosts, one at a time."), plain("Approve"), plain("Cancel"))
	layer := slack.NewOptionsSelectBlockElement("static_select", plain("Layer"), "layer", option("access", "Access"), option("patch", "Patches"))
	more := slack.NewOverflowBlockElement("more", option("waive", "Waive"), option("export", "Export"))
	fields := slack.NewSectionBlock(nil, []*slack.TextBlockObject{mrkdwn("*Requester*\n<@" + wst.Alice + ">"), mrkdwn("*Hosts*\n2, one at a time: web-1, web-2"),
		mrkdwn("*Risk*\ncould lock people out (put back unless a new login works)"), mrkdwn("*Expires*\n13:00 UTC, 2 Mar")}, nil)
	script := &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{
		slack.NewRichTextSectionTextElement("# 1. Turn passwords off in sshd\nkeep /etc/ssh/sshd_config.d/00-x.conf\n"+
			"printf 'PasswordAuthentication no\\n' | put /etc/ssh/sshd_config.d/00-x.conf 0644\nreload_sshd\n", nil),
	}}
	return []slack.Block{
		slack.NewHeaderBlock(plain("Approve? sshd accepts passwords")),
		fields,
		slack.NewSectionBlock(mrkdwn("*What changes on `web-*`*\n• Turn passwords off in _sshd_ – could lock people out\n• Reload sshd, see <https://example.org/sshd|the manual>\n> quoted &lt;b&gt;"), nil, slack.NewAccessory(more)),
		slack.NewRichTextBlock("", script),
		slack.NewDividerBlock(),
		slack.NewActionBlock("decide", approve, slack.NewButtonBlockElement("deny", "P-1", plain("Deny…")).WithStyle(slack.StyleDanger), layer),
		slack.NewContextBlock("", mrkdwn("Plan P-1 · digest ab12ab12ab12 · asked for at 12:00 UTC")),
	}
}

func denial() slack.ModalViewRequest {
	reason := slack.NewPlainTextInputBlockElement(plain("For those who asked"), "reason").WithMultiline(true).WithMinLength(2)
	kind := slack.NewOptionsSelectBlockElement("static_select", plain("Choose one"), "kind", option("risk", "Too risky"), option("time", "Wrong time"))
	how := slack.NewRadioButtonsBlockElement("how", option("once", "This time"), option("always", "Always"))
	tell := slack.NewCheckboxGroupsBlockElement("tell", option("alice", "Tell alice"), option("bob", "Tell bob"))
	until := slack.NewDatePickerBlockElement("until")
	input := func(id, label string, e slack.BlockElement, optional bool) slack.Block {
		b := slack.NewInputBlock(id, plain(label), nil, e)
		b.Optional = optional
		return b
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "deny", Title: plain("Deny plan P-1"), Submit: plain("Deny"), Close: plain("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section("Nothing changes on *2 hosts*."), input("why", "Reason", reason, false), input("kind", "Kind", kind, true),
			input("how", "How long", how, true), input("tell", "Tell", tell, true), input("until", "Until", until, true),
		}},
	}
}
