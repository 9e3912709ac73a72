package actions_test

import (
	"maps"
	"slices"
	"strings"

	"hardenbot/actions"
)

// commits holds what was written against what was written before. The fleet is
// locked.
func (w *world) commits(p *daemon, written *page) {
	for _, e := range written.entries {
		w.met[e.Action]++
		w.tell("%s %s %s %v", e.Host, e.Action, e.Subject, e.Detail)
	}
	for _, plan := range written.plans {
		if plan.RunID != "" {
			w.plans[plan.RunID] = plan
		}
	}
	for _, run := range written.runs {
		before, known := w.runs[run.ID]
		w.runs[run.ID] = run
		if known {
			w.told(before, run, written.entries)
			w.order(p, run, written.entries)
		}
		w.oneBatch(run)
		for _, h := range run.Hosts {
			if run.State == actions.RunGoing && !h.State.Ended() {
				w.alone(run.ID, h.Host)
			}
		}
	}
}

// told holds "Journal: every transition's intent is committed before the effect
// and its result after", each in one transaction with the entry that tells of it.
func (w *world) told(before, run actions.Run, entries []actions.Entry) {
	closing := slices.ContainsFunc(entries, func(e actions.Entry) bool { return e.Action == "run."+string(run.State) })
	for i, h := range run.Hosts {
		was := before.Hosts[i]
		ended := closing && !was.State.Ended() && (h.State == actions.Untouched || was.Before != nil && h.State == was.Before.State)
		named := slices.ContainsFunc(entries, func(e actions.Entry) bool { return e.Host == h.Host })
		if !ended && !named && !same(was, h) {
			w.wrongs("%s went from %q (doing %q) to %q (doing %q), and the audit trail does not tell", h.Host, was.State, was.Doing, h.State, h.Doing)
		}
		if h.State.Ended() && (!was.State.Ended() || h.State != was.State && was.State == actions.Lost) {
			w.ended(run, h)
		}
	}
}

// wayOf is the order of the fix, as far as the schedule's change goes it:
// "drain → arm → apply → prove → disarm → verify → health → back into rotation →
// soak; never the reverse on error paths".
func (w *world) wayOf(at actions.HostRun) []string {
	way := []string{"probed", "guarded", "drained", "prepared", "armed", "applied", "proven", "disarmed", "verified", "healthy", "in rotation", "soaked"}
	drains := w.Balanced && slices.Contains([]string{"disruptive", "plain", "packages", "restart"}, w.Kind)
	without := map[string]bool{
		"drained": !drains, "in rotation": !drains, "soaked": !drains && len(at.Watched) == 0,
		"prepared": w.Kind != "prepared", "armed": !w.switched, "disarmed": !w.switched,
	}
	return slices.DeleteFunc(way, func(s string) bool { return without[s] })
}

// order holds that nothing is begun before what comes before it was reached, and
// that the trail tells each transition once.
func (w *world) order(p *daemon, run actions.Run, entries []actions.Entry) {
	for _, e := range entries {
		id := e.Subject + e.Host
		w.entries[id+e.Action]++
		once := id + e.Action + e.Detail["to"] + e.Detail["says"] + e.Detail["call"]
		if e.Action == "host.found" { // a lost host is taken up: what was told of it is another part
			maps.DeleteFunc(p.told, func(told string, _ bool) bool { return strings.HasPrefix(told, id) })
			delete(p.back, id)
		}
		if w.goesBack(p, run, e) {
			continue
		}
		if p.told[once] {
			w.wrongs("the trail tells twice of %s: %s %v", e.Host, e.Action, e.Detail)
		}
		p.told[once] = true
		if says := e.Detail["says"]; e.Action == "step.begun" || e.Action == "step.ended" && e.Detail["exit"] == "0" {
			if w.entries[id+e.Action+says]++; w.entries[id+e.Action+says] > 1 {
				w.wrongs("the trail tells twice of %s: %s %s", e.Host, e.Action, says)
			}
		}
		if e.Action == "host.probed" && !w.called {
			w.noDrift(run, e.Host)
		}
		way := w.wayOf(w.at(run.ID, e.Host))
		n := slices.Index(way, e.Detail["to"])
		switch {
		case e.Action == "host.done":
			n = len(way)
		case e.Action != "host.intends":
			continue
		case n < 0:
			w.wrongs("%s is to be %s, which is not on its way", e.Host, e.Detail["to"])
			continue
		}
		for _, s := range way[:n] {
			if w.entries[id+"host."+s] == 0 && !w.known(s, run.ID, e.Host) {
				w.wrongs("%s: %s %s before it is %s", e.Host, e.Action, e.Detail["to"], s)
			}
		}
		for _, s := range way[min(n, len(way)):] {
			if p.told[id+"host."+s] {
				w.wrongs("%s: %s %s after it is %s", e.Host, e.Action, e.Detail["to"], s)
			}
		}
		w.afterFailure(run, e.Host)
	}
}

// goesBack reports whether the entry tells how a host that failed is put back:
// out of rotation again if it was in it, undone, and into rotation. Such a host
// comes to no further stage in this process.
func (w *world) goesBack(p *daemon, run actions.Run, e actions.Entry) bool {
	id, to := e.Subject+e.Host, e.Detail["to"]
	at := w.at(run.ID, e.Host)
	switch {
	case w.entries[id+"rotation.back"] > 0 && (e.Action == "rotation.leaves" || to == "drained"):
	case e.Action == "rotation.back" && p.back[id]:
		return true
	case e.Action != "host.intends":
		return false
	case to == "undone":
		if len(at.Steps) == 0 && at.Until.IsZero() {
			w.wrongs("%s is to be put back, and nothing was done to it", e.Host)
		}
	case to == "in rotation" && (p.back[id] || w.entries[id+"host.healthy"] == 0):
	case p.back[id]:
		w.wrongs("%s is to be %s after it was to be put back", e.Host, to)
		return true
	default:
		return false
	}
	p.back[id] = true
	return true
}

// noDrift holds "a plan that would now differ stops that host".
func (w *world) noDrift(run actions.Run, host string) {
	for _, hp := range w.plans[run.ID].Hosts {
		if seen := w.hosts[host].seen; hp.Host.Name == host && !slices.Contains(hp.Change.Notes, note(seen)) {
			w.wrongs("%s was %q when it was read, and is to be changed by the plan for another", host, seen)
		}
	}
}

// known reports whether the trail has told otherwise that the host got there, as
// it does where a recovery goes on.
func (w *world) known(state, run, host string) bool {
	at := w.at(run, host)
	open := func(s actions.StepRun) bool { return s.Ended.IsZero() || s.Exit != 0 }
	return state == "applied" && len(at.Steps) > 0 && !slices.ContainsFunc(at.Steps, open) || state == "in rotation" && at.Back
}

// batchesOf splits the hosts that a run began with: the canary's one by one,
// then as many as may be at work at a time.
func (w *world) batchesOf(run actions.Run) [][]string {
	var waiting []string
	for _, name := range w.plans[run.ID].HostNames() {
		if at := run.Host(name); at != nil && at.In == "" {
			waiting = append(waiting, name)
		}
	}
	most := w.Rollout.MaxUnavailable
	size := max(1, most.Count, len(waiting)*most.Percent/100)
	if w.called {
		size = 1
	}
	var batches [][]string
	for len(waiting) > 0 {
		n := min(size, len(waiting))
		if len(batches) < w.Rollout.Canary {
			n = 1
		}
		batches, waiting = append(batches, waiting[:n]), waiting[n:]
	}
	return batches
}

// oneBatch holds "canary, then batches by max_unavailable".
func (w *world) oneBatch(run actions.Run) {
	var at []int
	for n, batch := range w.batchesOf(run) {
		for _, name := range batch {
			if h := run.Host(name); !h.State.Ended() && (h.State != actions.Queued || h.Doing != "") {
				at = append(at, n)
			}
		}
	}
	if len(at) > 0 && at[0] != at[len(at)-1] {
		w.wrongs("hosts of batches %v are at work at a time", at)
	}
}

// afterFailure holds "stop at the first failure, unreachable counted as failure,
// the rest untouched".
func (w *world) afterFailure(run actions.Run, host string) {
	for _, batch := range w.batchesOf(run) {
		if slices.Contains(batch, host) {
			return
		}
		for _, name := range batch {
			if h := run.Host(name); !h.State.Good() {
				w.wrongs("%s is touched though %s of an earlier batch is %q", host, name, strings.TrimSpace(string(h.State)))
			}
		}
	}
}

// same compares what was read back from a ledger with what was put there.
func same(a, b actions.HostRun) bool {
	return a.State == b.State && a.Doing == b.Doing && a.Why == b.Why && a.Until.Equal(b.Until) && a.Back == b.Back &&
		len(a.Seats) == len(b.Seats) && slices.EqualFunc(a.Steps, b.Steps, func(a, b actions.StepRun) bool {
		return a.Ended.Equal(b.Ended) && a.Exit == b.Exit && a.Changed == b.Changed
	})
}
