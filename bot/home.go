package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hardenbot/actions"
)

// home is what one person's Home tab shows.
type home struct {
	Now     time.Time
	Note    string        // what came of the last press
	Refused error         // why the person sees nothing; nil for who may scan
	Hold    *actions.Hold // on all changes, or nil
	MayLift bool

	Decide   []entry[actions.Plan]    // that wait for this person
	Accept   []entry[actions.Waiver]  // that wait for this person
	Own      []entry[actions.Plan]    // of this person that wait for others
	Runs     []entry[actions.Trouble] // that go on; of each the run and the plan
	Troubles []entry[actions.Trouble]
	Ending   []entry[actions.Waiver] // that end soon

	Unlisted bool // the hosts could not be listed
	Posture  actions.Posture
	Trend    actions.Trend // against trendSpan ago
}

// entry is a thing, and the address of its message in Slack if there is one.
type entry[T any] struct {
	It   T
	Link string
}

// trendSpan is how far back the trend looks.
const trendSpan = 7 * 24 * time.Hour

// onHome publishes the tab of whoever opens it.
func (b *Bot) onHome(user, tab string) {
	if user != "" && tab == "home" {
		b.tabs.open(actions.Person{ID: user})
	}
}

// homeOf gathers what the person may see. whole is false if a message that it
// tells of is not in Slack yet.
func (b *Bot) homeOf(ctx context.Context, who actions.Person) (page home, whole bool, err error) {
	page.Now = b.cfg.Now()
	if page.Refused = b.mayLook(ctx, who); page.Refused != nil {
		return page, true, nil
	}
	if page.Hold, err = b.cfg.Approver.Stopped(ctx); err != nil {
		return page, false, err
	}
	page.MayLift = b.cfg.Policy.MayApprove(who) == nil
	links := &linker{Bot: b, ctx: ctx}
	for _, gather := range []func(context.Context, *home, actions.Person, *linker) error{
		b.gatherPlans, b.gatherWaivers, b.gatherRuns, b.gatherTroubles, b.gatherPosture,
	} {
		if err := gather(ctx, &page, who, links); err != nil {
			return page, false, err
		}
	}
	return page, !links.missing, nil
}

// sees reports whether something is the person's business: an approver's is all,
// and everybody else's what is their own. It may be of a channel that the person
// is not in.
func (page home) sees(who actions.Person, owners ...actions.Person) bool {
	return page.MayLift || slices.ContainsFunc(owners, func(p actions.Person) bool { return p.ID == who.ID })
}

// mayLook refuses whom commands are refused, too.
func (b *Bot) mayLook(ctx context.Context, who actions.Person) error {
	if err := b.admit(ctx, asker{Person: who}); err != nil {
		return err
	}
	b.groups.freshen(ctx, b.cfg.Policy, who)
	return b.cfg.Policy.MayScan(who)
}

func (b *Bot) gatherPlans(ctx context.Context, page *home, who actions.Person, links *linker) error {
	plans, err := everything[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan)
	if err != nil {
		return fmt.Errorf("read the plans: %w", err)
	}
	slices.SortFunc(plans, func(x, y actions.Plan) int { return x.Expires.Compare(y.Expires) })
	for _, plan := range plans {
		switch {
		case plan.State != actions.PlanWaiting || plan.Channel == "" || !page.Now.Before(plan.Expires):
		case plan.Requester.ID == who.ID:
			page.Own = append(page.Own, link(links, b.counted(plan), plan.Channel, planName(plan.ID)))
		case page.MayLift && !said(plan.Decided, who):
			page.Decide = append(page.Decide, link(links, b.counted(plan), plan.Channel, planName(plan.ID)))
		}
	}
	return nil
}

// said reports whether the person has decided already.
func said(decided []actions.Decision, who actions.Person) bool {
	return slices.ContainsFunc(decided, func(d actions.Decision) bool { return d.Who.ID == who.ID })
}

func (b *Bot) gatherWaivers(ctx context.Context, page *home, who actions.Person, links *linker) error {
	waivers, err := actions.AllWaivers(ctx, b.cfg.Ledger, page.Now, func(actions.Waiver) bool { return true })
	if err != nil {
		return err
	}
	for _, w := range waivers {
		switch w.Standing(page.Now) {
		case actions.WaiverWaiting:
			if page.MayLift && w.Requester.ID != who.ID && !said(w.Decided, who) {
				page.Accept = append(page.Accept, link(links, w, w.Channel, "waiver/"+w.ID))
			}
		case actions.WaiverApproved:
			if w.Until.Sub(page.Now) <= actions.WaiverNotice && page.sees(who, w.Owner, w.Requester) {
				page.Ending = append(page.Ending, link(links, w, w.Channel, "waiver/"+w.ID))
			}
		}
	}
	return nil
}

func (b *Bot) gatherRuns(ctx context.Context, page *home, who actions.Person, links *linker) error {
	runs, err := everything[actions.Run](ctx, b.cfg.Ledger, actions.KindRun)
	if err != nil {
		return fmt.Errorf("read the runs: %w", err)
	}
	slices.SortFunc(runs, func(x, y actions.Run) int { return y.Started.Compare(x.Started) })
	for _, run := range runs {
		if run.State != actions.RunGoing {
			continue
		}
		plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, run.Plan)
		if err != nil {
			return fmt.Errorf("read the plan of run %s: %w", run.ID, err)
		}
		if page.sees(who, plan.Requester) {
			page.Runs = append(page.Runs, link(links, actions.Trouble{Run: run, Plan: plan}, plan.Channel, runName(run.ID)))
		}
	}
	return nil
}

func (b *Bot) gatherTroubles(ctx context.Context, page *home, who actions.Person, links *linker) error {
	all, err := b.cfg.Approver.Troubles(ctx)
	for _, t := range all {
		if page.sees(who, t.Plan.Requester) {
			page.Troubles = append(page.Troubles, link(links, t, t.Plan.Channel, "outcome/"+t.Run.ID))
		}
	}
	return err
}

// gatherPosture looks how the hosts of all channels stand, by the newest scan of
// each.
func (b *Bot) gatherPosture(ctx context.Context, page *home, _ actions.Person, _ *linker) error {
	hosts, err := b.allHosts(ctx)
	if err != nil {
		b.log.Error("the hosts could not be listed for a Home tab", "err", err)
		page.Unlisted = true
		return nil
	}
	then, err := b.past.stood(ctx, page.Now.Add(-trendSpan))
	if err != nil {
		return err
	}
	return b.cfg.Ledger.View(ctx, func(r actions.Reader) error {
		known, _, err := recallMended(r, hosts, page.Now)
		page.Posture = actions.PostureOf(known)
		page.Trend = actions.TrendOf(page.Posture, then)
		return err
	})
}

// allHosts returns the hosts that any channel may target, each once.
func (b *Bot) allHosts(ctx context.Context) ([]actions.Host, error) {
	var all []actions.Host
	for channel := range b.cfg.Policy.Channels {
		hosts, err := b.cfg.Policy.Reach(ctx, b.cfg.Inventory, channel)
		if err != nil {
			return nil, err
		}
		all = append(all, hosts...)
	}
	slices.SortFunc(all, func(x, y actions.Host) int { return actions.NaturalCompare(x.Name, y.Name) })
	return slices.CompactFunc(all, func(x, y actions.Host) bool { return x.Name == y.Name }), nil
}

func everything[T any](ctx context.Context, ledger actions.Ledger, kind actions.Kind) (all []T, err error) {
	err = ledger.View(ctx, func(r actions.Reader) error {
		all, err = actions.All[T](r, kind)
		return err
	})
	return all, err
}
