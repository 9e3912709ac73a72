package actions_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// ended holds what a host's end says against the host, right then. The fleet is
// locked.
func (w *world) ended(run actions.Run, h actions.HostRun) {
	fake, in := w.fleet.Host(h.Host), cmp.Or(h.In, run.ID)
	if h.State != actions.Lost && slices.Contains(fake.Armed(), in) {
		w.wrongs("%s is %q while its switch is armed", h.Host, h.State)
	}
	// "never forgets a host outside the load balancer"
	if looked := h.State == actions.Outside || h.State == actions.Lost; fake.Drained && len(h.Seats) > 0 && !looked {
		w.wrongs("%s is %q while it is out of rotation: %s", h.Host, h.State, h.Why)
	}
	later := w.last(h.Host, func(h actions.HostRun) bool { return w.begins[h.In][h.Host] != nil })
	if !w.runs[later.In].Started.After(w.runs[in].Started) {
		w.truth(h, w.begins[in][h.Host]) // else a newer run says what it has made of the host
	}
}

// truth holds that a host is either fully as before or fully as planned, and
// that its state tells which, unless it says that somebody has to look.
func (w *world) truth(h actions.HostRun, before settings) {
	is := w.settings(h.Host)
	if w.hosts[h.Host].late {
		return
	}
	switch h.State {
	case actions.AlreadySound:
		w.wantFit(h)
	case actions.Done:
		w.wantFit(h)
		// What a script has not done, though it says so, only the check can tell.
		idle := w.hosts[h.Host].idle && w.kind.remedy.Check(&w.fleet.Host(h.Host).Facts) == nil
		if before == nil || !idle && !maps.Equal(is, w.changed(before)) {
			w.wrongs("%s is done, and is %v; before it was %v", h.Host, is, before)
		}
	case actions.Undone:
		// A rule that an earlier run could not take back may go now.
		if before != nil && !maps.Equal(is, before) && !(w.called && maps.Equal(is, w.first)) {
			w.wrongs("%s is undone, and is %v; before it was %v", h.Host, is, before)
		}
	}
	switch h.State {
	case actions.Refused, actions.Untouched, actions.AlreadySound:
		if before != nil {
			w.wrongs("%s is %q, and was touched", h.Host, h.State)
		}
	}
	// Somebody may have changed it again since it was read.
	read := w.hosts[h.Host].seen == "no"
	if h.State == actions.AlreadySound && !read && w.kind.remedy.Check(&w.fleet.Host(h.Host).Facts) != nil {
		w.wrongs("%s is already sound, and the weakness is there", h.Host)
	}
	if h.State != actions.Done && h.State != actions.Untouched && h.Why == "" {
		w.wrongs("%s is %q without a reason", h.Host, h.State)
	}
}

// wantFit holds that a host after which the next one is begun lets people in and
// does its work.
func (w *world) wantFit(h actions.HostRun) {
	for _, what := range []string{"login", "proof", "health"} {
		if w.broken(h.Host, what) {
			w.wrongs("%s is %q, and its %s is broken", h.Host, h.State, what)
		}
	}
}

// judge holds the promises on the end, when all that heals has healed, the
// switches' time is over, and hardenbot has looked at everything again.
func (w *world) judge() {
	w.fleet.Lock()
	defer w.fleet.Unlock()
	for _, id := range slices.Sorted(maps.Keys(w.runs)) {
		if w.runs[id].State == actions.RunGoing {
			w.wrongs("run %s goes on for ever", id)
		}
	}
	for _, name := range w.names {
		w.judgeHost(name)
	}
	w.judgeTrail()
}

func (w *world) judgeHost(name string) {
	h := w.fleet.Host(name)
	last := w.last(name, func(h actions.HostRun) bool { return w.begins[h.In][name] != nil })
	outside := w.last(name, func(h actions.HostRun) bool { return len(h.Seats) > 0 })
	looked := w.mustLook(last) || w.called && slices.ContainsFunc(w.names, func(other string) bool {
		return w.mustLook(w.last(other, func(h actions.HostRun) bool { return w.begins[h.In][other] != nil })) // they share a group
	})
	if armed := h.Armed(); len(armed) > 0 {
		w.wrongs("the switch of %v is armed on %s for ever", armed, name)
	}
	// "never one left outside unreported"
	if h.Drained && outside.State != actions.Outside && outside.State != actions.Lost {
		w.wrongs("%s is out of rotation in the end, and was said to be %q", name, outside.State)
	}
	// "If the bot dies, the network parts or the proof fails, the host puts
	// itself back."
	if w.proven(name) && (w.broken(name, "login") || w.broken(name, "proof")) && (w.switched && !h.Stuck || !looked) {
		w.wrongs("%s locks people out in the end, and is said to be %q", name, last.State)
	}
	// "The bot learns that it fired and reports it."
	if last.State == actions.Lost && !h.Down && h.Fired(last.In) {
		w.wrongs("%s has put itself back and can be reached, and is still said to be lost", name)
	}
	if !w.called && last.Host != "" {
		w.truth(last, w.begins[last.In][name])
	}
}

// proven reports whether logins on the host were proven by the last run that
// changed its security group. Who else is affected is told before the approval.
func (w *world) proven(host string) bool {
	var newest actions.Run
	for id, run := range w.runs {
		if w.begins[id] != nil && !run.Started.Before(newest.Started) {
			newest = run
		}
	}
	return !w.called || newest.Host(host) != nil
}

// mustLook reports whether the state says that somebody has to look.
func (w *world) mustLook(h actions.HostRun) bool {
	return slices.Contains([]actions.HostState{actions.Failed, actions.Outside, actions.Lost}, h.State)
}

// last is how the host stands by the newest turn of which that is so; In is the
// run of that turn. A run that goes on with another tells of its hosts too.
func (w *world) last(host string, so func(actions.HostRun) bool) actions.HostRun {
	var last actions.HostRun
	var turn, told time.Time
	for id, run := range w.runs {
		at := w.at(id, host)
		at.In = cmp.Or(at.In, id)
		began := w.runs[at.In].Started
		if at.Host == "" || !so(at) || began.Before(turn) || began.Equal(turn) && run.Started.Before(told) {
			continue
		}
		last, turn, told = at, began, run.Started
	}
	return last
}

// judgeTrail holds that the chain of the trail is whole.
func (w *world) judgeTrail() {
	prev := strings.Repeat("0", 64)
	for n, e := range w.ledger.Trail() {
		raw, err := json.Marshal(e)
		sum := sha256.Sum256(raw)
		if err != nil || e.Seq != uint64(n+1) || e.Prev != prev || e.Hash != hex.EncodeToString(sum[:]) {
			w.wrongs("%s", fmt.Sprintf("entry %d of the trail does not follow the one before", n+1))
		}
		prev = e.Hash
	}
}
