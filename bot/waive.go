package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// Action IDs of the buttons about waivers, and the callback IDs of their windows.
const (
	actionWaiveApprove  = "waive_approve"
	actionWaiveDeny     = "waive_deny"
	actionWaiveWithdraw = "waive_withdraw"
	actionWaiveEnd      = "waive_end"
	viewWaive           = "waive"
	viewWaiveDeny       = "waive_deny_reason"
)

// waivers decides about waivers.
func (b *Bot) waivers() actions.Waivers {
	return actions.Waivers{Ledger: b.cfg.Ledger, Policy: b.cfg.Policy, Inventory: b.cfg.Inventory, Now: b.cfg.Now}
}

// askWaiver opens the window in which a waiver for the finding is asked for.
func (b *Bot) askWaiver(ctx context.Context, c click) error {
	if err := b.waivers().MayAsk(c.Person); err != nil {
		return err
	}
	group, err := b.shownGroup(ctx, c.Channel, c.TS, c.Value)
	if err != nil {
		return err
	}
	remedy, _ := actions.Find(b.cfg.Catalogue, group.Remedy)
	view := waiveView(group, cmp.Or(remedy.Title, group.Remedy), c.Person, b.cfg.Now())
	view.PrivateMetadata = strings.Join([]string{c.Channel, c.TS, c.Value}, "/")
	return b.openWindow(ctx, c.asker, view)
}

// shownGroup reads again what a finding's button stands for: an open finding
// of the scan that the message shows.
func (b *Bot) shownGroup(ctx context.Context, channel, ts, finding string) (actions.Group, error) {
	at, err := b.postedAt(ctx, channel, ts)
	if err != nil {
		return actions.Group{}, err
	}
	scan, err := actions.Load[actions.Scan](ctx, b.cfg.Ledger, actions.KindScan, at.Scan)
	if errors.Is(err, actions.ErrNotFound) {
		return actions.Group{}, errStale
	}
	if err != nil {
		return actions.Group{}, fmt.Errorf("read scan %s: %w", at.Scan, err)
	}
	group, ok := groupOf(scan, finding)
	if !ok || scan.Channel != channel || group.Status != actions.Open {
		return actions.Group{}, errStale
	}
	return group, nil
}

// checkWaiver says in the window what has to be different.
func (b *Bot) checkWaiver(_ context.Context, who actions.Person, view slack.View) map[string]string {
	return filledIn(who, view).Faults(b.cfg.Now())
}

// takeWaiver asks for what was filled in.
func (b *Bot) takeWaiver(ctx context.Context, who actions.Person, view slack.View) {
	place := strings.SplitN(view.PrivateMetadata+"//", "/", 3)
	from := asker{Channel: place[0], Person: who}
	req, err := b.waiverRequest(ctx, from, place[1], strings.TrimRight(place[2], "/"), filledIn(who, view))
	if err == nil {
		err = b.mayOwn(ctx, req.Owner)
	}
	var w actions.Waiver
	if err == nil {
		w, err = b.waivers().Ask(ctx, req)
	}
	if err != nil {
		b.answer(ctx, from, "waive", err)
		return
	}
	b.showWaiver(ctx, w)
}

// mostUrgent is how urgent the worst of the group is that the message shows.
func mostUrgent(g actions.Group) int {
	return slices.MinFunc(g.Members, func(a, b actions.Finding) int { return cmp.Compare(a.Within, b.Within) }).Within
}

// mayOwn refuses an owner from whom no word is taken: such a person could not
// end the waiver.
func (b *Bot) mayOwn(ctx context.Context, owner actions.Person) error {
	if b.admit(ctx, asker{Person: owner}) == nil {
		return nil
	}
	return sayable{errors.New("nothing was asked for: whoever answers for a waiver has to be a full member of this workspace, and no bot; press Waive… again and choose somebody else")}
}

// waiverRequest completes what was filled in by what the message shows.
func (b *Bot) waiverRequest(ctx context.Context, from asker, ts, finding string, req actions.WaiverRequest) (actions.WaiverRequest, error) {
	group, err := b.shownGroup(ctx, from.Channel, ts, finding)
	if err != nil {
		return req, err
	}
	host := map[string]string{}
	for _, f := range group.Members {
		host[f.ID] = f.Host
	}
	req.Hosts = mapped(req.Hosts, func(id string) string { return host[id] }) // none is refused later
	req.Remedy, req.Title, req.Channel = group.Remedy, group.Title, from.Channel
	if !req.Whole {
		req.Subject, req.Within = group.Subject, mostUrgent(group)
		return req, nil
	}
	remedy, _ := actions.Find(b.cfg.Catalogue, group.Remedy)
	req.Title = cmp.Or(remedy.Title, group.Remedy)
	return req, nil
}
