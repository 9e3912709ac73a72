package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Planner turns findings into plans.
type Planner struct {
	Fleet interface {
		Collector
		Witness
	}
	Catalogue []Remedy
	Guards    []Guard
	Prelude   string // digest of the shell's prelude
	Ledger    Ledger
	Policy    Policy
	Rollout   Rollout // of the plans that it makes
	Parallel  int
	Now       func() time.Time
}

// PlanRequest asks for one remedy's change on some hosts.
type PlanRequest struct {
	Remedy    string
	Subject   string
	Hosts     []Host
	Requester Person
	Channel   string
	Scan      string

	Instead string   // the plan that this one takes the place of, if it does
	Drift   []string // how it differs from that one
}

// ErrReportOnly is behind the refusal to plan for a weakness that has no safe
// automatic fix.
var ErrReportOnly = errors.New("reported only")

// Plan reads the hosts afresh, derives each one's change, asks the guards, and
// keeps the plan. Hosts that need no change or may not be changed are excluded
// with the reason; if none is left the plan's state is PlanRefused.
func (p Planner) Plan(ctx context.Context, req PlanRequest) (Plan, error) {
	if err := p.Policy.MayRequest(req.Requester); err != nil {
		return Plan{}, err
	}
	remedy, err := Find(p.Catalogue, req.Remedy)
	if err != nil {
		return Plan{}, err
	}
	if remedy.Plan == nil {
		return Plan{}, fmt.Errorf("%s has no automatic fix: %s: %w", remedy.ID, remedy.ReportOnly, ErrReportOnly)
	}
	return p.complete(ctx, p.blank(req, remedy.ID, remedy.Title), req.Hosts, func(h Host) draft {
		return p.host(ctx, h, remedy, req.Subject)
	})
}

// complete drafts the plan for each host, and keeps it.
func (p Planner) complete(ctx context.Context, plan Plan, hosts []Host, by func(Host) draft) (Plan, error) {
	p.fill(ctx, &plan, hosts, by)
	if err := ctx.Err(); err != nil {
		return Plan{}, fmt.Errorf("planning was stopped: %w", err)
	}
	if len(plan.Hosts) == 0 {
		plan.State = PlanRefused
	}
	plan.Digest = plan.digest()
	return plan, p.keep(ctx, plan)
}

func (p Planner) blank(req PlanRequest, remedy, title string) Plan {
	now := p.Now().UTC()
	return Plan{
		ID: NewID("P"), Remedy: remedy, Subject: req.Subject, Title: title,
		Instead: req.Instead, Drift: req.Drift,
		Requester: req.Requester, Channel: req.Channel, Scan: req.Scan,
		Created: now, Expires: now.Add(p.Policy.ApprovalTTL),
		Prelude: p.Prelude, Rollout: p.Rollout, State: PlanWaiting,
	}
}

// fill plans each host, many at a time, and keeps them in the natural order of
// their names.
func (p Planner) fill(ctx context.Context, plan *Plan, hosts []Host, by func(Host) draft) {
	hosts = slices.Clone(hosts)
	slices.SortFunc(hosts, func(a, b Host) int { return NaturalCompare(a.Name, b.Name) })
	drafts := make([]draft, len(hosts))
	each(max(1, p.Parallel), len(hosts), func(i int) {
		drafts[i] = by(hosts[i])
	})
	heedMachines(drafts)
	p.heedSharers(ctx, drafts)
	var own []string
	for _, d := range drafts {
		if d.excluded != nil {
			plan.Excluded = append(plan.Excluded, *d.excluded)
			continue
		}
		plan.Hosts = append(plan.Hosts, d.HostPlan)
		plan.Title, own = d.title, append(own, d.interfaces...)
	}
	plan.Others = others(plan.Hosts, own)
	plan.Approvals = p.Policy.approvals(plan.Hosts)
	plan.Rollout = plan.Rollout.fitting(plan.Hosts)
}

// draft is the plan for one host, or why there is none.
type draft struct {
	HostPlan
	title      string
	facts      *Facts   // nil if the host could not be read
	interfaces []string // ids of the host's network interfaces
	excluded   *Exclusion
}

func (d *draft) exclude(why string, answers []Answer) {
	d.excluded = &Exclusion{Host: d.Host.Name, Why: why, Answers: answers}
}

func (p Planner) host(ctx context.Context, h Host, remedy Remedy, subject string) (d draft) {
	d.Host = h
	var err error
	if d.facts, err = p.Fleet.Collect(ctx, h); err != nil {
		d.exclude(err.Error(), nil)
		return d
	}
	change, finding, err := Derive(d.facts, remedy, subject)
	if err != nil {
		d.exclude(err.Error(), nil)
		return d
	}
	d.title, d.Change = finding.Title, change
	p.ask(ctx, &d)
	return d
}

// ask asks the guards of the draft's change, and takes down whose interfaces
// are the host's own.
func (p Planner) ask(ctx context.Context, d *draft) {
	d.Answers = AskGuards(ctx, p.Guards, d.facts, d.Change, p.Fleet)
	if no := Refusals(d.Answers); len(no) > 0 {
		d.exclude(no[0].Says, d.Answers)
	}
	if d.facts.Cloud != nil {
		for _, i := range d.facts.Cloud.Interfaces {
			d.interfaces = append(d.interfaces, i.ID)
		}
	}
}

// others returns whom the changes affect besides the interfaces of the plan's
// own hosts, sorted.
func others(hosts []HostPlan, own []string) []string {
	var all []string
	for _, h := range hosts {
		for _, other := range h.Change.Others {
			id, _, _ := strings.Cut(other, " ")
			if !slices.Contains(own, id) && !slices.Contains(all, other) {
				all = append(all, other)
			}
		}
	}
	slices.Sort(all)
	return all
}

func (p Planner) keep(ctx context.Context, plan Plan) error {
	err := p.Ledger.Update(ctx, func(tx Tx) error {
		if err := tx.Put(KindPlan, plan.ID, plan); err != nil {
			return err
		}
		if err := auditExclusions(tx, plan); err != nil {
			return err
		}
		return tx.Audit(Entry{
			Actor: plan.Requester, Action: "plan." + string(plan.State), Subject: plan.ID, Digest: plan.Digest,
			Detail: map[string]string{
				"remedy": plan.Remedy, "subject": plan.Subject, "channel": plan.Channel,
				"hosts": fmt.Sprint(plan.HostNames()), "expires": plan.Expires.Format(time.RFC3339),
				"approvals": strconv.Itoa(plan.Approvals), "others": Line(strings.Join(plan.Others, "; "), 4000),
			},
		})
	})
	if err != nil {
		return fmt.Errorf("keep plan %s: %w", plan.ID, err)
	}
	return nil
}

func auditExclusions(tx Tx, plan Plan) error {
	for _, ex := range plan.Excluded {
		detail := map[string]string{"why": Line(ex.Why, 1000)}
		for _, a := range Refusals(ex.Answers) {
			detail["guard "+a.Guard] = Line(a.Says+". "+a.Mend, 2000)
		}
		err := tx.Audit(Entry{Actor: Bot, Action: "host.excluded", Subject: plan.ID, Host: ex.Host, Detail: detail})
		if err != nil {
			return err
		}
	}
	return nil
}
