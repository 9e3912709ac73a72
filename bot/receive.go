package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"hardenbot/actions"
)

// What Slack hands over is acknowledged before it comes here, by socket or by
// HTTP alike, and each piece is handled once.

func (b *Bot) onCommand(ctx context.Context, cmd slack.SlashCommand) {
	who := asker{
		Channel: cmd.ChannelID, ResponseURL: cmd.ResponseURL,
		Person: actions.Person{ID: cmd.UserID, Name: cmd.UserName},
	}
	if b.once(ctx, "command/"+cmd.TriggerID) {
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
	}
	b.tell(ctx, who, help())
	return nil
}

func (b *Bot) onInteraction(ctx context.Context, ic slack.InteractionCallback) {
	person := actions.Person{ID: ic.User.ID, Name: cmp.Or(ic.User.Name, ic.User.ID)}
	switch ic.Type {
	case slack.InteractionTypeBlockActions:
		b.onClick(ctx, person, ic)
	case slack.InteractionTypeViewSubmission:
		if ic.View.CallbackID == viewDeny && b.once(ctx, "view/"+ic.View.ID) {
			b.deny(ctx, person, ic.View)
		}
	}
}

func (b *Bot) onClick(ctx context.Context, person actions.Person, ic slack.InteractionCallback) {
	if len(ic.ActionCallback.BlockActions) != 1 {
		return // a press is one action; anything else is not ours
	}
	action := ic.ActionCallback.BlockActions[0]
	c := click{
		asker: asker{Channel: ic.Channel.ID, Person: person, ResponseURL: ic.ResponseURL},
		TS:    ic.Container.MessageTs, Action: action.ActionID, Value: action.Value, Trigger: ic.TriggerID,
	}
	if !b.once(ctx, "click/"+cmp.Or(ic.TriggerID, action.ActionTs+"/"+c.TS+"/"+person.ID)) {
		return
	}
	if handle := b.handlers()[strings.TrimRight(c.Action, "_123")]; handle != nil {
		b.answer(ctx, c.asker, c.Action, handle(ctx, c))
	}
}

// handlers is what each button does.
func (b *Bot) handlers() map[string]func(context.Context, click) error {
	return map[string]func(context.Context, click) error{
		actionFix: b.fix, actionApprove: b.approve, actionDeny: b.askReason,
		actionAbort:  b.pressed(func(ctx context.Context, c click, run string) error { return b.abort(ctx, c.asker, run, "") }),
		actionResume: b.pressed(func(ctx context.Context, c click, run string) error { return b.resume(ctx, c.asker, run, nil) }),
		actionRetry: b.pressed(func(ctx context.Context, c click, run string) error {
			return b.resume(ctx, c.asker, run, []string{c.Value})
		}),
		actionUndo:  b.pressed(func(ctx context.Context, c click, run string) error { return b.undo(ctx, c.asker, run) }),
		actionCare:  b.pressed(func(ctx context.Context, c click, run string) error { return b.care(ctx, c.asker, run) }),
		actionStart: func(ctx context.Context, c click) error { return b.lift(ctx, c.asker, c.Value) },
	}
}

// onEvent does what a mention asks for, as the command does.
func (b *Bot) onEvent(ctx context.Context, ev slackevents.EventsAPIEvent) {
	outer, ok := ev.Data.(*slackevents.EventsAPICallbackEvent)
	if !ok {
		return
	}
	said, ok := ev.InnerEvent.Data.(*slackevents.AppMentionEvent)
	if !ok || said.BotID != "" || said.User == "" || said.Edited != nil {
		return
	}
	if b.once(ctx, "event/"+outer.EventID) {
		who := asker{Channel: said.Channel, Person: actions.Person{ID: said.User}}
		b.obey(ctx, who, leadingMention.ReplaceAllString(said.Text, ""))
	}
}

// onceKey begins the keys of what Slack handed over.
const onceKey = "slack/"

// once reports whether this is the first time that Slack hands it over. What
// cannot be remembered is not done: it could be done twice.
func (b *Bot) once(ctx context.Context, key string) (first bool) {
	err := b.cfg.Ledger.Update(context.WithoutCancel(ctx), func(tx actions.Tx) (err error) {
		first, err = actions.Once(tx, onceKey+key, b.cfg.Now().UTC())
		return err
	})
	if err != nil {
		b.log.Error("what Slack sent could not be remembered, and is not done", "key", key, "err", err)
		return false
	}
	return first
}

// Slack repeats within hours; old messages stay clickable for half a year.
const (
	keepOnce  = 3 * 24 * time.Hour
	keepPosts = 183 * 24 * time.Hour
)

// forget removes records that nothing will ask for any more.
func (b *Bot) forget(ctx context.Context) error {
	now := b.cfg.Now()
	old, err := b.allPosted(ctx, func(p posted) bool { return now.Sub(p.Posted) > keepPosts })
	if err != nil {
		return err
	}
	return b.cfg.Ledger.Update(ctx, func(tx actions.Tx) error {
		for _, p := range old {
			if err := tx.Delete(actions.KindThread, nameKey(p.Name)); err != nil {
				return err
			}
			if err := tx.Delete(actions.KindThread, placeKey(p.Channel, p.TS)); err != nil {
				return err
			}
		}
		return forgetOnce(tx, now.Add(-keepOnce))
	})
}

func forgetOnce(tx actions.Tx, before time.Time) error {
	var keys []string
	err := tx.Each(actions.KindOnce, func(id string, raw json.RawMessage) error {
		var seen time.Time
		if err := json.Unmarshal(raw, &seen); err != nil {
			return fmt.Errorf("read %s: %w", id, err)
		}
		if len(id) > len(onceKey) && id[:len(onceKey)] == onceKey && seen.Before(before) {
			keys = append(keys, id)
		}
		return nil
	})
	for _, key := range keys {
		if err == nil {
			err = tx.Delete(actions.KindOnce, key)
		}
	}
	return err
}
