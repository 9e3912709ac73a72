package actionstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"hardenbot/actions"
)

// Fleet is a fake fleet in memory. Its hosts understand a few kinds of script
// lines (see Fleet.Run); other lines do nothing. That is enough for Weak, a
// remedy of its own.
//
// Each host's faults are set through its fields; Lock the fleet while it is in
// use.
type Fleet struct {
	sync.Mutex
	hosts map[string]*Host
	log   []string

	API      func(actions.Call) error // fails calls of the cloud's API; may be nil
	LostCall func(actions.Call) bool  // whether a call's answer gets lost after its effect; may be nil
	Trace    func(Effect)             // called, with the fleet locked, right before each effect; may be nil
	Spare    int                      // members of the group in rotation that always serve and are none of the hosts
}

// Effect is something that is done to a host or to the cloud.
type Effect struct {
	Host string
	What string // "step", "step over", "cut off", "undo", "undo over", "arm", "disarm", "self-undo", "restart", "drain", "return", "call"
	Run  string // of scripts and switches
	Step int    // of a script
	Call *actions.Call
}

// Host is a fake host.
type Host struct {
	Facts    actions.Facts
	Down     bool                   // nothing reaches it; its scripts go on, and its dead-man switch still works
	NoLogin  error                  // what Prove says
	Unwell   error                  // what Healthy says
	Ignore   bool                   // scripts succeed and change nothing, but for those that put it back
	Fails    bool                   // scripts fail after their first line
	Stuck    bool                   // so do those that put it back
	Takes    time.Duration          // how long a script takes
	Serves   bool                   // it has a seat in rotation
	Drained  bool                   // it is out of it
	NoReturn error                  // what Return says
	Sudden   func(call string)      // called, with the fleet locked, before each call that reaches the host: "run", "prove", …
	Lost     func(call string) bool // whether the answer gets lost after the call has had its effect; may be nil
	Restarts func(*Host)            // called, with the fleet locked, when a script restarts it; nil: it is there again at once

	fleet    *Fleet
	switches map[string]*deadman       // by run
	running  map[string]*script        // by run
	ended    map[string]int            // exit status by run and number of a step
	over     map[string]bool           // runs that an undo has put back
	kept     map[string]map[string]any // by run: the settings before, nil where there was none
	next     map[string]string         // settings from the next boot on
	boots    int                       // how often it was restarted
	off      bool                      // it is being restarted
	due      bool                      // it restarts once the script that asked for it has ended
}

// errLost is what a caller gets whose answer was lost.
var errLost = errors.New("the connection was lost")

func (h *Host) answer(call string, err error) error {
	if err == nil && h.Lost != nil && h.Lost(call) {
		return errLost
	}
	return err
}

// NewFleet returns hosts that all have Weak's weakness, with a login that works.
func NewFleet(names ...string) *Fleet {
	f := &Fleet{hosts: map[string]*Host{}, Spare: 1}
	for i, name := range names {
		f.hosts[name] = &Host{
			Facts: actions.Facts{
				Host:  actions.Host{Name: name, Address: fmt.Sprintf("192.0.2.%d", 10+i), Port: 22, User: "ops"},
				OS:    actions.OS{ID: "debian", Version: "12", Name: "Debian GNU/Linux 12 (bookworm)"},
				Login: actions.Login{User: "ops", Root: true, From: "192.0.2.9"},
				SSHD:  actions.SSHD{Global: map[string]string{"passwordauthentication": "yes"}},
			},
			fleet: f, switches: map[string]*deadman{}, running: map[string]*script{}, ended: map[string]int{},
			over: map[string]bool{}, kept: map[string]map[string]any{}, next: map[string]string{},
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

func (f *Fleet) trace(e Effect) {
	if f.Trace != nil {
		f.Trace(e)
	}
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
	if host.Down || host.off {
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
