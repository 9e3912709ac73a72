package actions

import (
	"slices"
	"time"
)

// Run is the journal of a plan's execution. It is written to the ledger before
// each effect and after it.
type Run struct {
	ID       string    `json:"id"`
	Plan     string    `json:"plan"`
	After    string    `json:"after,omitempty"` // the run of the same plan that this one goes on with
	State    RunState  `json:"state"`
	Why      string    `json:"why,omitempty"` // of a run that ended otherwise than done
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Hosts    []HostRun `json:"hosts"` // in the order of the rollout
}

// RunState is where a run stands as a whole.
type RunState string

// A run goes on, ends with every host done, or stops at the first failure.
const (
	RunGoing   RunState = "going"
	RunDone    RunState = "done"
	RunStopped RunState = "stopped"
)

// HostRun is one host's place in a run.
type HostRun struct {
	Host  string    `json:"host"`
	State HostState `json:"state"`           // the last thing that is known to be so
	Doing HostState `json:"doing,omitempty"` // what was begun and has no result yet
	Why   string    `json:"why,omitempty"`   // of an end other than done
	In    string    `json:"in,omitempty"`    // the earlier run in which it ended; empty if in this one
	Since time.Time `json:"since"`
	Began time.Time `json:"began,omitzero"` // when its turn came
	Until time.Time `json:"until,omitzero"` // when an armed host puts itself back
	Steps []StepRun `json:"steps,omitempty"`
	Drift []string  `json:"drift,omitempty"` // how a plan made now would differ, if that is why it was refused
	Care  *Care     `json:"care,omitempty"`  // who takes care of it, where somebody had to

	Seats []Seat `json:"seats,omitempty"` // that the host was to leave
	Back  bool   `json:"back,omitempty"`  // it is in them again
	Left  bool   `json:"left,omitempty"`  // an earlier run had left it outside of them

	// Before is how it ended in an earlier run, of a host that is tried again. It
	// stands again where nothing is done to the host in this run.
	Before  *HostRun `json:"before,omitempty"`
	Watched []Served `json:"watched,omitempty"` // whom balancers have to like after a change of who reaches them
}

// Served is a host and the seats in which it is served.
type Served struct {
	Host  string `json:"host"`
	Seats []Seat `json:"seats"`
}

// StepRun is what became of one step.
type StepRun struct {
	Says   string    `json:"says"`
	Begun  time.Time `json:"begun"`
	Ended  time.Time `json:"ended,omitzero"`
	Exit   int       `json:"exit"`
	Output string    `json:"output"`         // digest of what it printed
	Tail   string    `json:"tail,omitempty"` // the last lines that it printed, if it failed

	Changed bool   `json:"changed,omitempty"` // of a call: Made.Changed
	Rule    string `json:"rule,omitempty"`    // of a call: Made.Rule
	Boot    string `json:"boot,omitempty"`    // of a restart: the boot id before it
}

// HostState is a host's state in a run.
type HostState string

// The way of a host through a run, in order.
const (
	Queued   HostState = "queued"
	Probed   HostState = "probed"   // facts are fresh and the plan is still the right one
	Guarded  HostState = "guarded"  // every guard agreed
	Drained  HostState = "drained"  // nothing sends it traffic any more
	Prepared HostState = "prepared" // the steps before the first risky one have succeeded
	Armed    HostState = "armed"    // the dead-man switch runs on the host
	Applied  HostState = "applied"  // every step has succeeded
	Proven   HostState = "proven"   // a new login was seen to work
	Disarmed HostState = "disarmed" // the switch is off
	Verified HostState = "verified" // the finding is gone
	Healthy  HostState = "healthy"  // the health checks pass
	Rejoined HostState = "in rotation"
	Soaked   HostState = "soaked" // it stayed healthy there for a while
	Done     HostState = "done"
)

// The other ends.
const (
	AlreadySound HostState = "already sound" // somebody mended it since the plan was made
	Refused      HostState = "refused"       // drift or a guard; nothing was changed
	Undone       HostState = "undone"        // put back as it was
	Failed       HostState = "failed"        // changed, neither verified nor undone: a person has to look
	Outside      HostState = "out of rotation"
	Lost         HostState = "unreachable" // could not be reached
	Untouched    HostState = "untouched"   // the run stopped before it
)

// Ended reports whether nothing more happens to the host in this run.
func (s HostState) Ended() bool {
	switch s {
	case Done, AlreadySound, Refused, Undone, Failed, Outside, Lost, Untouched:
		return true
	}
	return false
}

// touched reports whether anything may have been changed on the host: a step
// has begun, or the switch may have been armed.
func (h HostRun) touched() bool { return len(h.Steps) > 0 || !h.Until.IsZero() }

// outside reports whether the host may be out of rotation: from the intent to
// take it out until it is known to be back.
func (h HostRun) outside() bool { return len(h.Seats) > 0 && !h.Back }

// underSwitch reports whether the dead-man switch may be armed: from the intent
// to arm it until it is known to be off.
func (h HostRun) underSwitch() bool {
	return !h.Until.IsZero() && !slices.Contains([]HostState{Disarmed, Verified, Healthy, Rejoined, Soaked}, h.State)
}

// succeeded reports whether every step of the change ran and ended well.
func (h HostRun) succeeded(c Change) bool {
	return len(h.Steps) == len(c.Steps) && !slices.ContainsFunc(h.Steps, func(s StepRun) bool { return !s.well() })
}

func (s StepRun) well() bool { return !s.Ended.IsZero() && s.Exit == 0 }

// failing reports whether the host had failed already, and was on its way back:
// it is doing what comes at another place on the way of a host that is well.
func (h HostRun) failing() bool {
	return h.Doing == Undone || h.Doing == Rejoined && h.State != Healthy || h.Doing == Drained && h.State != Guarded
}

// pastReturn reports whether a step has begun that cannot be undone safely.
func (h HostRun) pastReturn(c Change) bool {
	for n := range h.Steps {
		if c.Steps[n].Irreversible {
			return true
		}
	}
	return false
}

// Good reports whether the host is as the plan wanted it.
func (s HostState) Good() bool { return s == Done || s == AlreadySound }

func newRun(p Plan, now time.Time) Run {
	run := Run{ID: NewID("R"), Plan: p.ID, State: RunGoing, Started: now}
	for _, h := range p.Hosts {
		run.Hosts = append(run.Hosts, HostRun{Host: h.Host.Name, State: Queued, Since: now})
	}
	return run
}

// Host returns the run's entry for the host, or nil.
func (r *Run) Host(name string) *HostRun {
	for i := range r.Hosts {
		if r.Hosts[i].Host == name {
			return &r.Hosts[i]
		}
	}
	return nil
}

// Counts returns how many hosts are as the plan wanted them, how many ended
// otherwise, and how many have not ended.
func (r *Run) Counts() (good, bad, open int) {
	for _, h := range r.Hosts {
		switch {
		case h.State.Good():
			good++
		case h.State.Ended():
			bad++
		default:
			open++
		}
	}
	return good, bad, open
}
