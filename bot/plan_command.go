package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// showPlan tells one person how a plan of the channel stands, and leads to its
// message. There is only ever one message with a plan's buttons: where it is
// gone, it is posted anew.
func (b *Bot) showPlan(ctx context.Context, who asker, id string) error {
	if err := b.cfg.Policy.MayScan(who.Person); err != nil {
		return err
	}
	plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, id)
	if errors.Is(err, actions.ErrNotFound) || err == nil && plan.Channel != who.Channel {
		return sayable{fmt.Errorf("there is no plan %s in this channel", id)}
	}
	if err != nil {
		return fmt.Errorf("read plan %s: %w", id, err)
	}
	if plan.State == actions.PlanRefused {
		b.tell(ctx, who, refusal(plan))
		return nil
	}
	run, err := b.runFor(ctx, plan)
	if err != nil {
		return err
	}
	link := b.planLink(ctx, plan)
	if link == "" {
		b.refresh(ctx, plan) // which the outbox posts anew
	}
	b.tell(ctx, who, planStanding(b.counted(plan), run, link))
	return nil
}

// runFor is the plan's run, if it has come to one.
func (b *Bot) runFor(ctx context.Context, plan actions.Plan) (*actions.Run, error) {
	if plan.RunID == "" {
		return nil, nil
	}
	run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, plan.RunID)
	if errors.Is(err, actions.ErrNotFound) {
		return nil, nil // approved, and about to begin
	}
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", plan.RunID, err)
	}
	return &run, nil
}

// planLink is the address of the plan's message; empty where there is none.
func (b *Bot) planLink(ctx context.Context, plan actions.Plan) string {
	shown, err := b.postedAs(ctx, planName(plan.ID))
	if err == nil && shown.TS != "" {
		var link string
		link, err = b.client.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: shown.Channel, Ts: shown.TS})
		if err == nil && !strings.ContainsAny(link, "<>| \n") {
			return link
		}
	}
	if err != nil {
		b.log.Warn("the message of a plan could not be found", "plan", plan.ID, "err", safe(err))
	}
	return ""
}

// postedAs returns the record of a message by its name. One that was never
// posted may be about to be, and is waited for.
func (b *Bot) postedAs(ctx context.Context, name string) (p posted, err error) {
	ctx, cancel := context.WithTimeout(ctx, lag)
	defer cancel()
	for found := false; ; {
		err = b.cfg.Ledger.View(context.WithoutCancel(ctx), func(r actions.Reader) (err error) {
			p, found, err = recall(r, name)
			return err
		})
		if found || err != nil || !sleep(ctx, lag/50) {
			return p, err
		}
	}
}

// planStanding is the plan's state in words.
func planStanding(plan actions.Plan, run *actions.Run, link string) message {
	where := "Its message is not there any more; it is posted anew in this channel."
	if link != "" {
		where = "<" + link + "|Go to the message of plan " + plan.ID + ">"
	}
	facts := []string{
		fmt.Sprintf("• for %s: %s", count(len(plan.Hosts), "host"), names(plan.HostNames(), 10)),
		"• asked for by " + mention(plan.Requester.ID) + ", " + onAt(plan.Created),
		"• risk: " + risk(plan),
	}
	if plan.State == actions.PlanWaiting {
		facts = append(facts, fmt.Sprintf("• it waits for approval, %d of %d given, until %s", len(plan.Decided), plan.Approvals, onAt(plan.Expires)))
	}
	for _, line := range decisions(plan, nil) {
		facts = append(facts, "• "+line)
	}
	if run != nil {
		facts = append(facts, fmt.Sprintf("• run %s: %s", run.ID, standsNow(*run)))
	}
	return sheet{
		head:  fmt.Sprintf("*Plan %s: %s*\n%s", plan.ID, words(title(plan), maxHeader), where),
		lists: []titled{{"How it stands", facts}},
	}.message()
}
