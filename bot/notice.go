package bot

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// Plans that wait are told to the approvers: once when they are shown, and once
// more before their time is up.

// notify tells of each plan that waits what is due to be told.
func (b *Bot) notify(ctx context.Context) {
	if len(b.cfg.Notify) == 0 {
		return
	}
	var waiting []actions.Plan
	err := b.cfg.Ledger.View(ctx, func(r actions.Reader) error {
		all, err := actions.All[actions.Plan](r, actions.KindPlan)
		waiting = slices.DeleteFunc(all, func(p actions.Plan) bool { return p.State != actions.PlanWaiting || p.Channel == "" })
		return err
	})
	if err != nil {
		b.log.Error("plans that wait could not be looked for", "err", err)
		return
	}
	now := b.cfg.Approver.Now()
	for _, plan := range waiting {
		if !now.Before(plan.Expires) {
			continue // it is about to be marked as expired
		}
		if now.Before(remindAt(plan)) {
			b.callApprovers(ctx, plan, "notice/", "")
		} else {
			b.callApprovers(ctx, plan, "reminder/", "Reminder: ")
		}
	}
}

// remindAt is three quarters of the plan's time, and at the latest ten minutes
// before its end. A plan that is short is reminded of in the middle.
func remindAt(plan actions.Plan) time.Time {
	span := plan.Expires.Sub(plan.Created)
	return plan.Created.Add(max(span/2, min(span*3/4, span-10*time.Minute)))
}

// callApprovers posts in the plan's thread, once: by its name the message cannot
// be posted twice, and what was queued is remembered.
func (b *Bot) callApprovers(ctx context.Context, plan actions.Plan, kind, head string) {
	people := summons(b.cfg.Notify, plan.Requester.ID)
	shown, err := b.wasPosted(ctx, planName(plan.ID))
	if err != nil {
		b.log.Error("a plan's message could not be looked for", "plan", plan.ID, "err", err)
	}
	if people == "" || !shown || b.done(ctx, kind+plan.ID) {
		return
	}
	b.post(ctx, letter{Channel: plan.Channel, Name: kind + plan.ID, Thread: planName(plan.ID)}, call(people, head, b.counted(plan)))
	b.once(ctx, kind+plan.ID)
}

// done reports whether once was asked for the key before. What cannot be read
// counts as done.
func (b *Bot) done(ctx context.Context, key string) bool {
	_, err := actions.Load[time.Time](ctx, b.cfg.Ledger, actions.KindOnce, onceKey+key)
	if err != nil && !errors.Is(err, actions.ErrNotFound) {
		b.log.Error("what was done could not be read", "key", key, "err", err)
	}
	return !errors.Is(err, actions.ErrNotFound)
}

// call mentions the approvers and says what waits for them.
func call(people, head string, plan actions.Plan) message {
	text := fmt.Sprintf("%s %splan %s waits for approval until %s: *%s* on %s, asked for by %s. Risk: %s.",
		people, head, plan.ID, onAt(plan.Expires), words(plan.Title, 150), names(plan.HostNames(), 5), mention(plan.Requester.ID), risk(plan))
	if plan.Approvals > 1 {
		text += fmt.Sprintf(" %d of %d approvals are in.", yes(plan.Decided), plan.Approvals)
	}
	return message{Text: fallback(text)}
}

// summons mentions everybody who is to be told, but for whoever knows already.
func summons(ids []string, but string) string {
	var all []string
	for _, id := range ids {
		if m := mentionAny(id); m != "" && id != but {
			all = append(all, m)
		}
	}
	return strings.Join(all, " ")
}

var groupID = regexp.MustCompile(`^S[A-Z0-9]{1,30}$`)

// mentionAny names a person or a user group so that Slack tells them. It is
// empty for what is no ID.
func mentionAny(id string) string {
	switch {
	case groupID.MatchString(id):
		return "<!subteam^" + id + ">"
	case userID.MatchString(id):
		return mention(id)
	}
	return ""
}
