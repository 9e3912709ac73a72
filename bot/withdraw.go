package bot

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// withdraw takes back the plan whose button was pressed. Whether the person may
// is decided in package actions: everybody sees the button.
func (b *Bot) withdraw(ctx context.Context, c click) error {
	_, plan, err := b.planOf(ctx, c.Channel, c.TS)
	if err != nil {
		return err
	}
	if c.Value != plan.ID {
		return errStale
	}
	return b.takeBack(ctx, c.Person, plan.ID)
}

func (b *Bot) takeBack(ctx context.Context, who actions.Person, planID string) error {
	plan, err := b.cfg.Approver.Withdraw(ctx, planID, who)
	if err == nil || errors.Is(err, actions.ErrExpired) || errors.Is(err, actions.ErrDecided) {
		b.refresh(ctx, plan)
	}
	if errors.Is(err, actions.ErrNotFound) {
		return sayable{err}
	}
	if err != nil {
		return audited{err}
	}
	return nil
}

// withdrawButton takes a plan back that waits.
func withdrawButton(plan actions.Plan) *slack.ButtonBlockElement {
	withdraw := slack.NewButtonBlockElement(actionWithdraw, plan.ID, plainText("Withdraw"))
	withdraw.AccessibilityLabel = cut("Withdraw plan "+plan.ID+", if you have asked for it", 75)
	return withdraw.WithConfirm(sure("Withdraw plan "+plan.ID+"?", "Nobody can approve it any more, and nothing is changed. Only who asked for it can do this.", "Withdraw"))
}
