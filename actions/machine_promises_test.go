package actions_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// sees holds each effect against the ledger as it stands right then. The fleet
// is locked.
func (w *world) sees(e actionstest.Effect) {
	w.tell("%s %s %s %d", e.Host, e.What, e.Run, e.Step)
	w.met["effect "+e.What]++
	switch e.What {
	case "step":
		w.seesStep(e)
	case "cut off":
		// "Only one that was cut off in the middle, by a restart of the host, is
		// [run again]." (actions.Script)
		w.bodies[key(e)]--
	case "undo":
		w.undone[e.Run+e.Host] = true
		// Not held: the fence on the host is each run's own, so that an undo that
		// waits for its turn may come after a later run.
		if w.at(e.Run, e.Host).State == actions.Failed {
			w.hosts[e.Host].late = true
		}
		// "The intent is committed to bbolt before an effect" (DESIGN.md, Run)
		if at := w.at(e.Run, e.Host); len(at.Steps) == 0 && at.Until.IsZero() {
			w.wrongs("%s was put back, and the ledger does not say that anything was done", e.Host)
		}
	case "arm":
		w.begins1(e)
		w.stage(e, actions.Armed)
		if w.at(e.Run, e.Host).Until.IsZero() {
			w.wrongs("%s was armed before the ledger said until when", e.Host)
		}
	case "disarm":
		// "a new login is proven; only then is the timer disarmed" (DESIGN.md)
		w.stage(e, actions.Disarmed)
		if w.entries[e.Run+e.Host+"host.proven"] == 0 {
			w.wrongs("%s was disarmed before a login was proven", e.Host)
		}
	case "drain":
		w.seesDrain(e)
	case "return":
		w.seesReturn(e)
	case "call":
		w.seesCall(e)
	}
}

func key(e actionstest.Effect) string { return e.Run + e.Host + string(rune('0'+e.Step)) }

// at is what the ledger says of a host in a run.
func (w *world) at(run, host string) actions.HostRun {
	r := w.runs[run]
	if at := r.Host(host); at != nil {
		return *at
	}
	return actions.HostRun{}
}

// stage holds that the effect is part of what the ledger says is being done.
func (w *world) stage(e actionstest.Effect, want ...actions.HostState) {
	at := w.at(e.Run, e.Host)
	if !slices.Contains(want, at.Doing) {
		w.wrongs("%s: %s while the ledger says that it is %q and doing %q", e.Host, e.What, at.State, at.Doing)
	}
}

func (w *world) begins1(e actionstest.Effect) {
	w.hosts[e.Host].touched = true
	if w.begins[e.Run] == nil {
		w.begins[e.Run] = map[string]settings{}
	}
	if w.begins[e.Run][e.Host] == nil {
		w.begins[e.Run][e.Host] = w.settings(e.Host)
	}
}

func (w *world) seesStep(e actionstest.Effect) {
	w.begins1(e)
	w.stage(e, actions.Prepared, actions.Applied)
	// "it never repeats a step that is not idempotent" (DESIGN.md, Run)
	if w.bodies[key(e)]++; w.bodies[key(e)] > 1 {
		w.wrongs("step %d of %s ran twice", e.Step, e.Host)
	}
	// "After the run was put back … no other script of it begins" (actions.Script)
	if w.undone[e.Run+e.Host] {
		w.wrongs("step %d of %s began after it was put back", e.Step, e.Host)
	}
	if len(w.at(e.Run, e.Host).Steps) < e.Step {
		w.wrongs("step %d of %s began before the ledger said so", e.Step, e.Host)
	}
	// "the first failure stops the run" (Roller)
	w.afterFailure(w.runs[e.Run], e.Host)
	w.alone(e.Run, e.Host)
}

// alone holds "One change per host at a time, across plans and across a
// restart."
func (w *world) alone(run, host string) {
	for id, other := range w.runs {
		if at := other.Host(host); id != run && other.State == actions.RunGoing && at != nil && !at.State.Ended() {
			w.wrongs("runs %s and %s are both at %s", id, run, host)
		}
	}
}

// seesDrain holds max_unavailable and min_healthy, counted on its own.
func (w *world) seesDrain(e actionstest.Effect) {
	members, out := len(w.names)+w.Spare, 1
	for _, name := range w.names {
		if name != e.Host && w.fleet.Host(name).Drained {
			out++
		}
	}
	most, least := w.Rollout.MaxUnavailable, w.Rollout.MinHealthy
	if n := max(1, most.Count, members*most.Percent/100); out > n {
		w.wrongs("%d of %d are out of rotation, and %d may be", out, members, n)
	}
	if n := max(1, least.Count, (members*least.Percent+99)/100); members-out < n {
		w.wrongs("%d of %d serve, and %d have to", members-out, members, n)
	}
	run := w.runOutside(e.Host)
	if run == "" {
		w.wrongs("%s was taken out before the ledger said so", e.Host)
	}
	e.Run = run
	w.stage(e, actions.Drained)
}

// runOutside is the run by which the host may be out of rotation: it goes on, or
// it has lost the host.
func (w *world) runOutside(host string) (lost string) {
	for id, run := range w.runs {
		at := w.at(id, host)
		switch {
		case len(at.Seats) == 0 || at.Back:
		case run.State == actions.RunGoing && !at.State.Ended():
			return id
		case at.State == actions.Lost:
			lost = cmp.Or(at.In, id)
		}
	}
	return lost
}

// seesReturn holds that a host comes back as it was or as it was planned.
func (w *world) seesReturn(e actionstest.Effect) {
	run := w.runOutside(e.Host)
	if run == "" {
		w.wrongs("%s was put into rotation by no run", e.Host)
	}
	if w.hosts[e.Host].unwell {
		w.wrongs("%s was put into rotation though its last check failed", e.Host)
	}
	if slices.Contains(w.fleet.Host(e.Host).Armed(), run) {
		w.wrongs("%s was put into rotation while its switch was armed", e.Host)
	}
	if before := w.begins[run][e.Host]; before != nil && !w.hosts[e.Host].idle && !w.is(e.Host, before) && !w.is(e.Host, w.changed(before)) {
		w.wrongs("%s was put into rotation half changed: %v", e.Host, w.settings(e.Host))
	}
}

func (w *world) is(host string, want settings) bool { return maps.Equal(w.settings(host), want) }

// seesCall holds that a call of the API was begun in the ledger, or undoes one
// that was.
func (w *world) seesCall(e actionstest.Effect) {
	for id, run := range w.runs {
		for _, h := range run.Hosts {
			if run.State != actions.RunGoing || h.State.Ended() || h.In != "" {
				continue
			}
			for n := range h.Steps {
				step := w.plans[id].Hosts[slices.Index(w.plans[id].HostNames(), h.Host)].Change.Steps[n]
				if step.Call.String() == e.Call.String() && h.Doing == actions.Applied || step.UndoCall.String() == e.Call.String() {
					w.begins1(actionstest.Effect{Host: h.Host, Run: id})
					return
				}
			}
		}
	}
	w.wrongs("a call was made that no run has begun: %s", strings.Join(strings.Fields(e.Call.String())[:3], " "))
}
