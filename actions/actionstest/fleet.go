package actionstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hardenbot/actions"
)

// Fleet is a fake fleet in memory. Its hosts understand two kinds of script
// lines, "set KEYWORD VALUE" for an effective sshd setting and "exit N";
// other lines do nothing. That is enough for Weak, a remedy of its own.
//
// Each host's faults are set through its fields; Lock the fleet while it is in
// use.
type Fleet struct {
	sync.Mutex
	hosts map[string]*Host
	log   []string

	API      func(actions.Call) error // fails calls of the cloud's API; may be nil
	LostCall func(actions.Call) bool  // whether a call's answer gets lost after its effect; may be nil
}

// Host is a fake host.
type Host struct {
	Facts    actions.Facts
	Down     bool                   // nothing reaches it; its dead-man switch still works
	NoLogin  error                  // what Prove says
	Unwell   error                  // what Healthy says
	Ignore   bool                   // scripts succeed and change nothing
	Serves   bool                   // it has a seat in rotation
	Drained  bool                   // it is out of it
	NoReturn error                  // what Return says
	Sudden   func(call string)      // called, with the fleet locked, before each call that reaches the host: "run", "prove", …
	Lost     func(call string) bool // whether the answer gets lost after the call has had its effect; may be nil
	switches map[string]*deadman
}

// errLost is what a caller gets whose answer was lost.
var errLost = errors.New("the connection was lost")

func (h *Host) answer(call string, err error) error {
	if err == nil && h.Lost != nil && h.Lost(call) {
		return errLost
	}
	return err
}

type deadman struct {
	state actions.SwitchState
	undo  string
	timer *time.Timer
}

// NewFleet returns hosts that all have Weak's weakness, with a login that works.
func NewFleet(names ...string) *Fleet {
	f := &Fleet{hosts: map[string]*Host{}}
	for i, name := range names {
		f.hosts[name] = &Host{
			Facts: actions.Facts{
				Host:  actions.Host{Name: name, Address: fmt.Sprintf("192.0.2.%d", 10+i), Port: 22, User: "ops"},
				OS:    actions.OS{ID: "debian", Version: "12", Name: "Debian GNU/Linux 12 (bookworm)"},
				Login: actions.Login{User: "ops", Root: true, From: "192.0.2.9"},
				SSHD:  actions.SSHD{Global: map[string]string{"passwordauthentication": "yes"}},
			},
			switches: map[string]*deadman{},
		}
	}
	return f
}

// Host returns the fake host by that name. Lock the fleet to change it.
func (f *Fleet) Host(name string) *Host { return f.hosts[name] }

// Inventory returns the hosts as an inventory knows them, sorted.
func (f *Fleet) Inventory() []actions.Host {
	var hosts []actions.Host
	for _, h := range f.hosts {
		hosts = append(hosts, h.Facts.Host)
	}
	slices.SortFunc(hosts, func(a, b actions.Host) int { return actions.NaturalCompare(a.Name, b.Name) })
	return hosts
}

// Log returns what was done to hosts, in order: "web-1 run", "web-2 arm", ….
func (f *Fleet) Log() []string {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.log)
}

// reach returns the locked fleet's host, or why it cannot be reached.
func (f *Fleet) reach(h actions.Host, call string) (*Host, error) {
	host, ok := f.hosts[h.Name]
	if !ok {
		return nil, fmt.Errorf("%s is unknown to the fake fleet", h.Name)
	}
	if host.Sudden != nil {
		host.Sudden(call)
	}
	if host.Down {
		return nil, fmt.Errorf("%s could not be reached", h.Name)
	}
	f.log = append(f.log, h.Name+" "+call)
	return host, nil
}

// Collect implements actions.Collector.
func (f *Fleet) Collect(_ context.Context, h actions.Host) (*actions.Facts, error) {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "collect")
	if err != nil {
		return nil, err
	}
	facts := clone(&host.Facts)
	facts.Host, facts.Collected = h, time.Now().UTC()
	return facts, nil
}

// Run implements actions.Shell.
func (f *Fleet) Run(_ context.Context, h actions.Host, s actions.Script) (actions.Output, error) {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "run")
	if err != nil {
		return actions.Output{}, err
	}
	out := actions.Output{Exit: host.run(s.Body)}
	return out, host.answer("run", nil)
}

func (h *Host) run(script string) int {
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		switch {
		case len(words) == 3 && words[0] == "set" && words[1] != "+e" && !h.Ignore:
			h.Facts.SSHD.Global[words[1]] = words[2]
		case len(words) == 2 && words[0] == "exit" && words[1] != `"$undo_failed"`:
			return 1
		}
	}
	return 0
}

// Prove implements actions.Prover.
func (f *Fleet) Prove(_ context.Context, h actions.Host) error {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "prove")
	if err != nil {
		return err
	}
	return host.NoLogin
}

// Healthy implements actions.Health.
func (f *Fleet) Healthy(_ context.Context, h actions.Host) error {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "health")
	if err != nil {
		return err
	}
	return host.Unwell
}

// Arm implements actions.Switch. The timer runs on whether or not the host is
// down, as it does on a real one.
func (f *Fleet) Arm(_ context.Context, h actions.Host, run, undo string, after time.Duration) error {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "arm")
	if err != nil {
		return err
	}
	d := &deadman{state: actions.SwitchArmed, undo: undo}
	host.switches[run] = d
	d.timer = time.AfterFunc(after, func() {
		f.Lock()
		defer f.Unlock()
		f.log = append(f.log, h.Name+" self-undo")
		host.fire(d)
	})
	return host.answer("arm", nil)
}

func (h *Host) fire(d *deadman) {
	if d.state != actions.SwitchArmed {
		return
	}
	d.timer.Stop()
	d.state = actions.SwitchFired
	if h.run(d.undo) != 0 {
		d.state = actions.SwitchFailed
	}
}

// Disarm implements actions.Switch.
func (f *Fleet) Disarm(_ context.Context, h actions.Host, run string) error {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "disarm")
	if err != nil {
		return err
	}
	d := host.switches[run]
	if d == nil {
		return errors.New("no such switch")
	}
	if d.state == actions.SwitchFired || d.state == actions.SwitchFailed {
		return actions.ErrFired
	}
	d.timer.Stop()
	d.state = actions.SwitchDisarmed
	return host.answer("disarm", nil)
}

// Fire implements actions.Switch.
func (f *Fleet) Fire(_ context.Context, h actions.Host, run string) error {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "fire")
	if err != nil {
		return err
	}
	d := host.switches[run]
	if d == nil {
		return errors.New("no such switch")
	}
	host.fire(d)
	if d.state != actions.SwitchFired {
		return fmt.Errorf("the switch is %s", d.state)
	}
	return nil
}

// State implements actions.Switch.
func (f *Fleet) State(_ context.Context, h actions.Host, run string) (actions.SwitchState, error) {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "state")
	if err != nil {
		return "", err
	}
	if d := host.switches[run]; d != nil {
		return d.state, nil
	}
	return actions.SwitchNone, nil
}
