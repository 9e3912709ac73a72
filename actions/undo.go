package actions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// UndoRequest asks that what a run has done is undone, where it was done.
type UndoRequest struct {
	Run       string
	Requester Person
	Channel   string
}

// Undo plans to put hosts back as they were before a run that has ended. It is
// a plan like any other, with its own guards, approval and dead-man switch. An
// undoing is not undone: the fix asks the guards of the change. Hosts that were changed otherwise since, and changes
// that cannot be undone safely, are excluded with the reason.
func (p Planner) Undo(ctx context.Context, req UndoRequest) (Plan, error) {
	if err := p.Policy.MayRequest(req.Requester); err != nil {
		return Plan{}, err
	}
	run, err := Load[Run](ctx, p.Ledger, KindRun, req.Run)
	if isNotFound(err) {
		return Plan{}, sentence(ErrNotFound, "there is no run %s", req.Run)
	}
	if err != nil {
		return Plan{}, fmt.Errorf("read run %s: %w", req.Run, err)
	}
	old, err := Load[Plan](ctx, p.Ledger, KindPlan, run.Plan)
	if err != nil {
		return Plan{}, fmt.Errorf("read plan %s: %w", run.Plan, err)
	}
	if run.State == RunGoing {
		return Plan{}, sentence(ErrBusy, "run %s still goes on; undo it when it has ended", run.ID)
	}
	if old.Undoes != "" {
		return Plan{}, sentence(ErrSound, "run %s has put back what run %s had changed; to have that again, scan and press Fix…, which asks the guards of the change", run.ID, old.Undoes)
	}
	done := run.changed()
	if len(done) == 0 {
		return Plan{}, sentence(ErrSound, "run %s has changed no host that would have to be put back", run.ID)
	}
	back, err := p.putBack(ctx, run.ID)
	if err != nil {
		return Plan{}, fmt.Errorf("look for what was undone of run %s: %w", run.ID, err)
	}
	last := back[done[0]]
	if done = slices.DeleteFunc(done, func(host string) bool { return back[host] != "" }); len(done) == 0 {
		return Plan{}, sentence(ErrSound, "what run %s had changed was put back already, by run %s", run.ID, last)
	}
	plan := p.blank(PlanRequest{Subject: old.Subject, Requester: req.Requester, Channel: req.Channel, Scan: old.Scan}, old.Remedy, "Undo: "+old.Title)
	plan.Undoes = run.ID
	return p.complete(ctx, plan, old.only(done).targets(), func(h Host) draft { return p.reverse(ctx, h, old, run) })
}

// changed returns the hosts that the run has changed for good.
func (r Run) changed() []string {
	var names []string
	for _, h := range r.Hosts {
		if h.State == Done || (h.State == Failed || h.State == Outside) && h.touched() {
			names = append(names, h.Host)
		}
	}
	return names
}

// putBack returns by host the run that has put back there what this run had
// changed.
func (p Planner) putBack(ctx context.Context, run string) (map[string]string, error) {
	back := map[string]string{}
	return back, p.Ledger.View(ctx, func(tx Reader) error {
		runs, err := All[Run](tx, KindRun)
		if err != nil {
			return err
		}
		for _, r := range runs {
			var plan Plan
			if err := tx.Get(KindPlan, r.Plan, &plan); err != nil {
				return err
			}
			for _, h := range r.Hosts {
				if plan.Undoes == run && h.State == Done {
					back[h.Host] = cmp.Or(h.In, r.ID)
				}
			}
		}
		return nil
	})
}

// Undoable reports whether a plan could put back what the run has changed.
func (p Plan) Undoable(run Run) bool {
	return p.Undoes == "" && slices.ContainsFunc(run.changed(), func(host string) bool { return p.change(host).undoable() })
}

// targets returns the plan's hosts.
func (p Plan) targets() []Host {
	hosts := make([]Host, len(p.Hosts))
	for i, hp := range p.Hosts {
		hosts[i] = hp.Host
	}
	return hosts
}

// reverse drafts how one host is put back.
func (p Planner) reverse(ctx context.Context, h Host, old Plan, run Run) (d draft) {
	d.Host, d.title = h, "Undo: "+old.Title
	change, err := old.change(h.Name).Reverse(*run.Host(h.Name), run.ID)
	if err != nil {
		d.exclude(err.Error(), nil)
		return d
	}
	d.Change = change
	if d.facts, err = p.Fleet.Collect(ctx, h); err != nil {
		d.exclude(err.Error(), nil)
		return d
	}
	p.ask(ctx, &d)
	return d
}

func (p Plan) change(host string) Change {
	for _, hp := range p.Hosts {
		if hp.Host.Name == host {
			return hp.Change
		}
	}
	return Change{Host: host}
}

// GuardUnchanged is the name of the guard that refuses to undo what was changed
// otherwise since. Its argument "run" is the run that is undone.
const GuardUnchanged = "unchanged-since"

// Reverse is the change that puts a host back as it was before a run has changed
// it. Its error is a sentence for people.
func (c Change) Reverse(done HostRun, runID string) (Change, error) {
	runID = cmp.Or(done.In, runID)
	if !c.undoable() {
		return Change{}, errors.New("this change cannot be undone safely: " + irreversibly(c))
	}
	back := Change{
		Remedy: c.Remedy, Finding: c.Finding, Subject: c.Subject, Host: c.Host, Others: c.Others,
		Notes:  []string{"What was found before run " + runID + " will be found again."},
		Guards: []Need{{Guard: "key-login"}},
	}
	for _, need := range c.Guards {
		if slices.Contains(alsoForUndo, need.Guard) {
			back.Guards = append(back.Guards, need)
		}
	}
	back.Steps = c.callsBack(done)
	if script := c.UndoScript(); script != "" {
		back.Steps = append(back.Steps, c.scriptBack(script, runID))
		back.Guards = append(back.Guards, Need{Guard: GuardUnchanged, Args: map[string]string{"run": runID}})
	}
	if len(back.Steps) == 0 {
		return Change{}, errors.New("nothing of it was done by the run")
	}
	return back, nil
}

// alsoForUndo is the guards of a change that its undoing needs as well: it too
// has sshd read its files, and packages changed.
var alsoForUndo = []string{"sshd-as-running", "dpkg-free"}

func irreversibly(c Change) string {
	for _, s := range c.Steps {
		if s.Irreversible {
			return s.Says
		}
	}
	return "none of its steps says how"
}

// callsBack takes back what the run's own calls have changed, the last one first.
func (c Change) callsBack(done HostRun) []Step {
	var steps []Step
	for n, s := range slices.Backward(c.Steps) {
		if s.UndoCall == nil || n >= len(done.Steps) || !done.Steps[n].Changed {
			continue
		}
		undo := *s.UndoCall
		if rule := done.Steps[n].Rule; rule != "" && undo.Action == RevokeIngress {
			own := *undo.Rule
			own.ID, undo.Rule = rule, &own
		}
		steps = append(steps, Step{
			Says: s.UndoSays, Call: &undo, UndoCall: s.Call, UndoSays: s.Says,
			Lockout: s.Lockout, Disruptive: s.Disruptive, Timeout: s.Timeout,
		})
	}
	return steps
}

// scriptBack puts back what the scripts have changed, by what the run kept on
// the host. What is there now is kept first, so that the very same script undoes
// the undoing.
func (c Change) scriptBack(script, runID string) Step {
	back := Step{
		Undo: script, UndoSays: "Change it again as run " + runID + " did",
		Do:      "was=${HARDENBOT_STATE%/*}/" + runID + "\nunchanged_since \"$was\"\nkeep_again \"$was\"\nHARDENBOT_STATE=$was\n" + script,
		Timeout: time.Minute,
	}
	var says []string
	for _, s := range slices.Backward(c.Steps) {
		if strings.TrimSpace(s.Undo) == "" {
			continue
		}
		says = append(says, cmp.Or(s.UndoSays, "Take back: "+s.Says))
		back.Lockout, back.Disruptive = back.Lockout || s.Lockout, back.Disruptive || s.Disruptive
		back.Timeout += s.Timeout
	}
	back.Says = strings.Join(says, "; ")
	return back
}

// Anew is the request for a plan that takes the place of one whose run was
// stopped because a host had changed meanwhile: for the hosts that are not done.
// ok is false if that is not why.
func (p Plan) Anew(run Run) (req PlanRequest, hosts []string, ok bool) {
	req = PlanRequest{Remedy: p.Remedy, Subject: p.Subject, Requester: p.Requester, Channel: p.Channel, Scan: p.Scan, Instead: p.ID}
	for _, h := range run.Hosts {
		if h.In != "" {
			continue // it was asked for after that run
		}
		for _, line := range h.Drift {
			req.Drift = append(req.Drift, h.Host+": "+line)
		}
		if len(h.Drift) > 0 || h.State == Untouched {
			hosts = append(hosts, h.Host)
		}
	}
	return req, hosts, len(req.Drift) > 0 && p.Undoes == ""
}
