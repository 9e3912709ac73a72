package actions

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// journal writes a run's transitions, each in one transaction with the audit
// entry that tells of it. Hosts of one batch write side by side; each reads
// what is its own only.
type journal struct {
	ledger Ledger
	now    func() time.Time
	tell   func(Run)
	plan   Plan

	mu     sync.Mutex // held while run is changed
	run    Run
	broken bool // a write has failed, so that hosts may have stopped in the middle
}

// open reads the run and its plan.
func (r Roller) open(ctx context.Context, runID string) (*journal, error) {
	j := &journal{ledger: r.Ledger, now: r.Now, tell: r.Watch}
	err := r.Ledger.View(ctx, func(tx Reader) error {
		if err := tx.Get(KindRun, runID, &j.run); err != nil {
			return err
		}
		return tx.Get(KindPlan, j.run.Plan, &j.plan)
	})
	if err != nil {
		return nil, fmt.Errorf("open run %s: %w", runID, err)
	}
	return j, nil
}

// intend commits what is about to happen to the host.
func (j *journal) intend(host string, to HostState) error {
	return j.write(host, "host.intends", map[string]string{"to": string(to)}, func(h *HostRun) {
		h.Doing = to
		if h.Began.IsZero() {
			h.Began = j.now().UTC()
		}
	})
}

// reached commits that the host is in the state that was intended.
func (j *journal) reached(host string, state HostState) error {
	return j.write(host, "host."+string(state), nil, func(h *HostRun) {
		h.State, h.Doing, h.Since = state, "", j.now().UTC()
	})
}

// conclude commits the host's end in this run.
func (j *journal) conclude(host string, state HostState, why string) error {
	why = Line(why, 1000)
	return j.write(host, "host."+strings.ReplaceAll(string(state), " ", "-"), map[string]string{"why": why}, func(h *HostRun) {
		h.end(state, why, j.now().UTC())
	})
}

// end sets how the host ended. One that an earlier run had changed, and to which
// nothing was done now, is as that run left it.
func (h *HostRun) end(state HostState, why string, now time.Time) {
	if h.Before != nil && !h.touched() && !h.Back && !state.Good() {
		was := *h.Before
		was.Why = Line(why+"; before, "+was.Why, 1000)
		*h = was
		return
	}
	h.State, h.Doing, h.Why, h.Since, h.Before = state, "", why, now, nil
}

// willPutItselfBack commits by when the dead-man switch fires.
func (j *journal) willPutItselfBack(host string, until time.Time) error {
	detail := map[string]string{"until": until.Format(time.RFC3339)}
	return j.write(host, "switch.intended", detail, func(h *HostRun) { h.Until = until })
}

// differs commits how the host's plan would be another one now.
func (j *journal) differs(host string, drift []string) error {
	detail := map[string]string{"differs": Line(strings.Join(drift, "; "), 4000)}
	return j.write(host, "host.drift", detail, func(h *HostRun) { h.Drift = drift })
}

// watches commits whom balancers serve now, and have to serve afterwards.
func (j *journal) watches(host string, served []Served) error {
	return j.write(host, "rotation.watched", nil, func(h *HostRun) { h.Watched = served })
}

// stepBegun commits that a step begins, and of a restart the boot id before it.
func (j *journal) stepBegun(host string, s Step, boot string) error {
	detail := map[string]string{"says": s.Says}
	switch {
	case s.Call != nil:
		detail["call"] = Line(s.Call.String(), 4000)
	case s.Reboot:
		detail["boot"] = boot
	default:
		detail["script"] = Digest(s.Do)
	}
	return j.write(host, "step.begun", detail, func(h *HostRun) {
		h.Steps = append(h.Steps, StepRun{Says: s.Says, Begun: j.now().UTC(), Boot: boot})
	})
}

// stepEnded commits what came of the host's nth step.
func (j *journal) stepEnded(host string, n int, s Step, made Made) error {
	detail := map[string]string{"says": s.Says, "exit": strconv.Itoa(made.Exit), "output": Digest(made.Output)}
	if s.Call != nil {
		detail["changed"], detail["rule"] = strconv.FormatBool(made.Changed), made.Rule
	}
	return j.write(host, "step.ended", detail, func(h *HostRun) {
		step := &h.Steps[n]
		step.Ended, step.Exit, step.Output = j.now().UTC(), made.Exit, Digest(made.Output)
		step.Changed, step.Rule = made.Changed, made.Rule
		if made.Exit != 0 {
			step.Tail = tail(cmp.Or(made.Stderr, made.Stdout), 10)
		}
	})
}

// putBack commits what came of the call that undoes a step.
func (j *journal) putBack(host string, call Call, out Output, err error) error {
	detail := map[string]string{"call": Line(call.String(), 4000), "exit": strconv.Itoa(out.Exit), "output": Digest(out)}
	if err != nil {
		detail["exit"], detail["why"] = "unknown", Line(err.Error(), 1000)
	}
	return j.write(host, "step.undone", detail, func(*HostRun) {})
}

// leaves commits out of which seats the host is about to be taken.
func (j *journal) leaves(host string, seats []Seat) error {
	return j.write(host, "rotation.leaves", map[string]string{"seats": Line(seatWords(seats), 2000)}, func(h *HostRun) { h.Seats, h.Back = seats, false })
}

// back commits that the host is in its seats again.
func (j *journal) back(host string) error {
	return j.write(host, "rotation.back", nil, func(h *HostRun) { h.Back = true })
}

// stop ends the run; hosts that it did not come to stay untouched.
func (j *journal) stop(why string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.run.Hosts {
		if h := &j.run.Hosts[i]; !h.State.Ended() {
			h.end(Untouched, "the run stopped before it", h.Since)
		}
	}
	return j.close(RunStopped, why)
}

// finish ends a run that came to every host.
func (j *journal) finish() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if good, _, _ := j.run.Counts(); good < len(j.run.Hosts) {
		return j.close(RunStopped, "hosts that an earlier run did not do are still not done")
	}
	return j.close(RunDone, "")
}

// stopAgain ends a run that had ended before and went on for one of its hosts.
func (j *journal) stopAgain() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.run.State = RunStopped
	return j.commit(Entry{Actor: Bot, Action: "run.revisited", Subject: j.run.ID, Digest: j.plan.Digest})
}

func (j *journal) close(state RunState, why string) error {
	j.run.State, j.run.Why, j.run.Finished = state, why, j.now().UTC()
	good, bad, _ := j.run.Counts()
	return j.commit(Entry{
		Actor: Bot, Action: "run." + string(state), Subject: j.run.ID, Digest: j.plan.Digest,
		Detail: map[string]string{"why": why, "good": strconv.Itoa(good), "not": strconv.Itoa(bad)},
	})
}

func (j *journal) write(host, action string, detail map[string]string, change func(*HostRun)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := j.run.Host(host)
	was := at.clone()
	change(at)
	err := j.commit(Entry{
		Actor: Bot, Action: action, Subject: j.run.ID, Host: host, Digest: j.plan.Digest, Detail: detail,
	})
	if err != nil {
		*at = was // or the next write of another host would keep it, and the trail would not tell
	}
	return err
}

func (j *journal) commit(e Entry) error {
	err := j.ledger.Update(context.Background(), func(tx Tx) error {
		if err := tx.Put(KindRun, j.run.ID, j.run); err != nil {
			return err
		}
		return tx.Audit(e)
	})
	if err != nil {
		j.broken = true
		return unwritten{fmt.Errorf("write the journal of run %s: %w", j.run.ID, err)}
	}
	if j.tell != nil {
		j.tell(j.run.clone())
	}
	return nil
}

// unwritten is the failure to write down what happens.
type unwritten struct{ error }

func (u unwritten) Unwrap() error { return u.error }

func (r Run) clone() Run {
	r.Hosts = slices.Clone(r.Hosts)
	for i := range r.Hosts {
		r.Hosts[i] = r.Hosts[i].clone()
	}
	return r
}

func (h HostRun) clone() HostRun {
	h.Steps, h.Seats = slices.Clone(h.Steps), slices.Clone(h.Seats)
	h.Drift, h.Watched = slices.Clone(h.Drift), slices.Clone(h.Watched)
	return h
}

// LastLines returns at most n last lines of what a host printed, in one line.
func LastLines(s string, n int) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return Line(strings.Join(lines, " / "), 500)
}

// tail returns at most n last lines of what a host printed, each cut to a length
// that people still read.
func tail(s string, n int) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	lines = slices.Clone(lines[max(0, len(lines)-n):])
	for i := range lines {
		lines[i] = Line(lines[i], 200)
	}
	return strings.Join(lines, "\n")
}

// Line returns s without control characters, cut to at most so many bytes. What
// hosts say goes through it before it is kept.
func Line(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-len("…")], "") + "…"
}
