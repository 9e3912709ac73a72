package bot

import (
	"cmp"
	"context"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"hardenbot/actions"
)

// What Slack hands over is acknowledged before it comes here, by socket or by
// HTTP alike, and each piece is handled once.

func (b *Bot) onCommand(ctx context.Context, cmd slack.SlashCommand) {
	who := asker{
		Channel: cmd.ChannelID, ResponseURL: cmd.ResponseURL, Team: cmd.TeamID, Trigger: cmd.TriggerID,
		Person: actions.Person{ID: cmd.UserID, Name: cmd.UserName},
	}
	if b.once(ctx, "command/"+cmd.TriggerID) && b.admittedTo(ctx, who, "command", cmd.Text) {
		b.obey(ctx, who, cmd.Text)
	}
}

// obey does what the words ask for.
func (b *Bot) obey(ctx context.Context, who asker, text string) {
	cmd, err := ParseCommand(text)
	if err != nil {
		b.answer(ctx, who, "read a command", sayable{err})
		return
	}
	b.answer(ctx, who, cmd.Verb, b.do(ctx, who, cmd))
}

func (b *Bot) do(ctx context.Context, who asker, cmd Command) error {
	switch cmd.Verb {
	case "scan":
		return b.scan(ctx, who, cmd.Pattern)
	case "runs":
		return b.runs(ctx, who)
	case "abort":
		return b.abort(ctx, who, cmd.Run, cmd.Why)
	case "resume", "retry":
		return b.resume(ctx, who, cmd.Run, cmd.Hosts)
	case "undo":
		return b.undo(ctx, who, cmd.Run)
	case "stop":
		return b.halt(ctx, who, cmd.Why)
	case "start":
		return b.lift(ctx, who, "")
	case "enrol":
		return b.enrol(ctx, who)
	case "waivers":
		return b.listWaivers(ctx, who)
	case "waive":
		return b.explainWaive(ctx, who, cmd.Pattern)
	case "findings":
		return b.recallFindings(ctx, who, cmd.Pattern)
	case "posture":
		return b.posture(ctx, who, cmd.Pattern)
	case "hosts":
		return b.hosts(ctx, who, cmd.Pattern)
	case "fix":
		return b.fixByWords(ctx, who, cmd.What, cmd.Pattern)
	case "plan":
		return b.showPlan(ctx, who, cmd.Plan)
	case "audit":
		return b.audit(ctx, who, cmd.Since)
	}
	return b.help(ctx, who, cmd.What)
}

func (b *Bot) onInteraction(ctx context.Context, ic slack.InteractionCallback) {
	person := actions.Person{ID: ic.User.ID, Name: cmp.Or(ic.User.Name, ic.User.ID)}
	switch ic.Type {
	case slack.InteractionTypeBlockActions:
		b.onClick(ctx, person, ic)
	case slack.InteractionTypeMessageAction:
		b.onShortcut(ctx, person, ic)
	case slack.InteractionTypeViewSubmission:
		if modal, ok := b.modals()[ic.View.CallbackID]; ok && b.once(ctx, "view/"+ic.View.ID) &&
			b.admitted(ctx, asker{Person: person, Team: ic.User.TeamID}, ic.View.CallbackID) {
			modal.submit(ctx, person, ic.View)
		}
	}
}

// modal is what becomes of a view that somebody has filled in.
type modal struct {
	// check returns what has to be different, by block id: the person is told
	// in the view, which stays open. nil where anything will do. Slack waits
	// for it, so it asks nobody but the ledger.
	check  func(context.Context, actions.Person, slack.View) map[string]string
	submit func(context.Context, actions.Person, slack.View)
}

// modals is what each view does, by its callback id.
func (b *Bot) modals() map[string]modal {
	return map[string]modal{
		viewDeny:  {submit: b.deny},
		viewScan:  {submit: b.scanChosen},
		viewCode:  {check: b.checkCode, submit: b.confirmed},
		viewEnrol: {check: b.takeEnrolment, submit: b.enrolled},

		viewWaive: {check: b.checkWaiver, submit: b.takeWaiver}, viewWaiveDeny: {submit: b.denyWaiver},
	}
}

// reply is what Slack is told at once about an interaction: nil, or what has to
// be different in a view. Then there is nothing else to do about it.
func (b *Bot) reply(ctx context.Context, ic slack.InteractionCallback) any {
	if ic.Type != slack.InteractionTypeViewSubmission {
		return nil
	}
	modal, ok := b.modals()[ic.View.CallbackID]
	if !ok || modal.check == nil {
		return nil
	}
	wrong := modal.check(ctx, actions.Person{ID: ic.User.ID, Name: cmp.Or(ic.User.Name, ic.User.ID)}, ic.View)
	if len(wrong) == 0 {
		return nil
	}
	return slack.NewErrorsViewSubmissionResponse(wrong)
}

func (b *Bot) onClick(ctx context.Context, person actions.Person, ic slack.InteractionCallback) {
	if len(ic.ActionCallback.BlockActions) != 1 {
		return // a press is one action; anything else is not ours
	}
	action := ic.ActionCallback.BlockActions[0]
	c := click{
		asker: asker{Channel: ic.Channel.ID, Person: person, ResponseURL: ic.ResponseURL, Team: ic.User.TeamID, Trigger: ic.TriggerID, Home: ic.View.Type == slack.VTHomeTab},
		TS:    ic.Container.MessageTs, Action: action.ActionID, Value: action.Value,
	}
	if !b.once(ctx, "click/"+cmp.Or(ic.TriggerID, action.ActionTs+"/"+c.TS+"/"+person.ID)) || !b.admitted(ctx, c.asker, c.Action) {
		return
	}
	if c.Home {
		b.onHomeClick(ctx, c)
		return
	}
	if handle := b.handlers()[strings.TrimRight(c.Action, "_123")]; handle != nil {
		err := handle(ctx, c)
		b.renew(ctx, c, err)
		b.answer(ctx, c.asker, c.Action, err)
	}
}

// handlers is what each button does.
func (b *Bot) handlers() map[string]func(context.Context, click) error {
	return map[string]func(context.Context, click) error{
		actionFix: b.current(b.fix), actionDetails: b.details, actionApprove: b.approve, actionDeny: b.askReason, actionWithdraw: b.withdraw,
		actionAbort:  b.pressed(func(ctx context.Context, c click, run string) error { return b.abort(ctx, c.asker, run, "") }),
		actionResume: b.pressed(func(ctx context.Context, c click, run string) error { return b.resume(ctx, c.asker, run, nil) }),
		actionRetry: b.pressed(func(ctx context.Context, c click, run string) error {
			return b.resume(ctx, c.asker, run, []string{c.Value})
		}),
		actionUndo:  b.pressed(func(ctx context.Context, c click, run string) error { return b.undo(ctx, c.asker, run) }),
		actionCare:  b.pressed(func(ctx context.Context, c click, run string) error { return b.care(ctx, c.asker, run) }),
		actionStart: func(ctx context.Context, c click) error { return b.lift(ctx, c.asker, c.Value) },

		actionWaive: b.current(b.askWaiver), actionWaiveApprove: b.approveWaiver, actionWaiveDeny: b.askWaiverReason,
		actionWaiveWithdraw: b.withdrawWaiver, actionWaiveEnd: b.endWaiver,
	}
}

// onEvent does what a mention asks for, as the command does.
func (b *Bot) onEvent(ctx context.Context, ev slackevents.EventsAPIEvent) {
	outer, ok := ev.Data.(*slackevents.EventsAPICallbackEvent)
	if !ok {
		return
	}
	b.hearOfGroups(ctx, ev.InnerEvent.Data)
	if opened, ok := ev.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok {
		b.onHome(opened.User, opened.Tab)
		return
	}
	said, ok := ev.InnerEvent.Data.(*slackevents.AppMentionEvent)
	if !ok || said.BotID != "" || said.User == "" || said.Edited != nil {
		return
	}
	who := asker{Channel: said.Channel, Person: actions.Person{ID: said.User}, Team: said.UserTeam}
	text := leadingMention.ReplaceAllString(said.Text, "")
	if b.once(ctx, "event/"+outer.EventID) && b.admittedTo(ctx, who, "mention", text) {
		b.obey(ctx, who, text)
	}
}
