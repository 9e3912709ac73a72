package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// planOf reads again what the pressed button stands for: by the message that
// it is part of, never by what it says.
func (b *Bot) planOf(ctx context.Context, channel, ts string) (posted, actions.Plan, error) {
	at, err := b.postedAt(ctx, channel, ts)
	if err != nil {
		return posted{}, actions.Plan{}, err
	}
	plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, at.Plan)
	if errors.Is(err, actions.ErrNotFound) || err == nil && plan.Channel != channel {
		return posted{}, actions.Plan{}, errStale
	}
	if err != nil {
		return posted{}, actions.Plan{}, fmt.Errorf("read plan %s: %w", at.Plan, err)
	}
	return at, plan, nil
}

// approve hands the person's yes to the one who decides. The plan's channel
// must still be allowed to target every one of its hosts.
func (b *Bot) approve(ctx context.Context, c click) error {
	at, plan, err := b.planOf(ctx, c.Channel, c.TS)
	if err != nil {
		return err
	}
	if c.Value != plan.ID {
		return errStale
	}
	if hosts, err := b.targets(ctx, plan.Channel, plan.HostNames()); plan.State == actions.PlanWaiting {
		if err := errors.Join(err, plan.StillAt(hosts)); err != nil {
			return err
		}
	}
	yes := actions.Decision{Who: c.Person, Yes: true, SteppedUp: c.SteppedUp, Digest: at.Digest}
	if needsCode(b.cfg.Approver.May(ctx, plan.ID, yes), c.asker) {
		return b.askCode(ctx, c.asker, word{Do: actionApprove, Channel: c.Channel, TS: c.TS, Plan: plan.ID},
			fmt.Sprintf("To approve plan %s (%s, %s): %s", plan.ID, words(plan.Title, 150), count(len(plan.Hosts), "host"), words(meaning(plan), maxConfirm)))
	}
	return b.decide(ctx, at, yes)
}

// decide records the decision, bound to the digest that the message showed,
// and starts the run when it is the one that was missing. Its refusals are in
// the audit trail already.
func (b *Bot) decide(ctx context.Context, at posted, d actions.Decision) error {
	d.Digest = at.Digest
	plan, started, err := b.cfg.Approver.Decide(ctx, at.Plan, d)
	if err == nil || errors.Is(err, actions.ErrExpired) || errors.Is(err, actions.ErrDecided) {
		b.refresh(ctx, plan)
	}
	if started {
		b.execute(plan)
	}
	if err != nil {
		return audited{err}
	}
	return nil
}

// counted is a plan that waits as policy sees it now: it may have become
// stricter, and an approver may be none any more.
func (b *Bot) counted(plan actions.Plan) actions.Plan {
	if plan.State == actions.PlanWaiting && len(plan.Decided) > 0 {
		return b.cfg.Approver.Counted(plan)
	}
	return plan
}

// refresh edits the plan's message to what the plan is now.
func (b *Bot) refresh(ctx context.Context, plan actions.Plan) {
	if plan.Channel == "" {
		return
	}
	var result *actions.Run
	if plan.RunID != "" {
		run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, plan.RunID)
		if err == nil && run.State != actions.RunGoing {
			result = &run
		}
	}
	b.post(ctx, b.planLetter(plan), request(b.counted(plan), result))
}

// askReason opens the modal in which a denial is explained. People whose
// denial would be refused are told so at once.
func (b *Bot) askReason(ctx context.Context, c click) error {
	_, plan, err := b.planOf(ctx, c.Channel, c.TS)
	if err != nil {
		return err
	}
	if err := b.cfg.Policy.MayApprove(c.Person); err != nil {
		return err
	}
	if plan.State != actions.PlanWaiting {
		return sayable{outdated{fmt.Errorf("plan %s is already %s", plan.ID, plan.State)}}
	}
	if _, err := b.client.api.OpenViewContext(ctx, c.Trigger, reasonView(plan, c.Channel, c.TS)); err != nil {
		b.log.Warn("the modal for a reason could not be opened", "plan", plan.ID, "err", safe(err))
		return sayable{errors.New("the window for the reason could not be opened; press Deny… again")}
	}
	return nil
}

const reasonID = "reason" // of the modal's block and of its input

func reasonView(plan actions.Plan, channel, ts string) slack.ModalViewRequest {
	input := slack.NewPlainTextInputBlockElement(plainText("What has to be different?"), reasonID)
	input.Multiline, input.MinLength, input.MaxLength = true, 3, maxReason
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewDeny, PrivateMetadata: channel + "/" + ts,
		Title: plainText("Deny " + cut(plan.ID, 18)), Submit: plainText("Deny"), Close: plainText("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section("*" + words(plan.Title, 150) + "* on " + names(plan.HostNames(), 5)),
			slack.NewInputBlock(reasonID, plainText("Reason"), nil, input),
		}},
	}
}

// deny takes the modal's reason.
func (b *Bot) deny(ctx context.Context, who actions.Person, view slack.View) {
	channel, ts, _ := strings.Cut(view.PrivateMetadata, "/")
	from := asker{Channel: channel, Person: who}
	at, _, err := b.planOf(ctx, channel, ts)
	if err != nil {
		b.answer(ctx, from, "deny", err)
		return
	}
	reason := reasonIn(view)
	if reason == "" {
		err = sayable{errors.New("a denial needs a reason; press Deny… again and say what has to be different")}
	} else {
		err = b.decide(ctx, at, actions.Decision{Who: who, Reason: reason})
	}
	b.answer(ctx, from, "deny", err)
}

func reasonIn(view slack.View) string {
	if view.State == nil {
		return ""
	}
	return cut(strings.TrimSpace(view.State.Values[reasonID][reasonID].Value), maxReason)
}
