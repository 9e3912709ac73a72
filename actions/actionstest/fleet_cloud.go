package actionstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hardenbot/actions"
)

var (
	_ actions.Provider = (*Fleet)(nil)
	_ actions.Rotation = (*Fleet)(nil)
)

// Out returns the hosts that are out of rotation.
func (f *Fleet) Out() []string {
	f.Lock()
	defer f.Unlock()
	var out []string
	for _, h := range f.hosts {
		if h.Drained {
			out = append(out, h.Facts.Host.Name)
		}
	}
	return out
}

// Make implements actions.Provider: all hosts of the group get or lose the
// rule. API, if set, is called before with the action, and fails the call with
// what it returns; Lost makes the answer of a call that had its effect an error.
func (f *Fleet) Make(_ context.Context, call actions.Call) (actions.Made, error) {
	f.Lock()
	defer f.Unlock()
	f.log = append(f.log, call.Action)
	if f.API != nil {
		if err := f.API(call); err != nil {
			return actions.Made{}, err
		}
	}
	changed := !f.so(call)
	for _, h := range f.hosts {
		h.make(call)
	}
	if f.LostCall != nil && f.LostCall(call) {
		return actions.Made{}, errLost
	}
	return actions.Made{Output: actions.Output{Stdout: "so it is"}, Changed: changed}, nil
}

// So implements actions.Provider.
func (f *Fleet) So(_ context.Context, call actions.Call) (bool, error) {
	f.Lock()
	defer f.Unlock()
	if f.API != nil {
		if err := f.API(call); err != nil {
			return false, err
		}
	}
	return f.so(call), nil
}

func (f *Fleet) so(call actions.Call) bool {
	for _, h := range f.hosts {
		if h.Facts.Cloud != nil && h.has(call) != (call.Action == actions.AuthorizeIngress) {
			return false
		}
	}
	return true
}

func (h *Host) has(call actions.Call) bool {
	return slices.ContainsFunc(h.Facts.Cloud.Interfaces[0].Groups[0].Rules, func(r actions.IngressRule) bool {
		return r.CIDR == call.Rule.CIDR && r.From == call.Rule.From
	})
}

func (h *Host) make(call actions.Call) {
	if h.Facts.Cloud == nil {
		return
	}
	group := &h.Facts.Cloud.Interfaces[0].Groups[0]
	same := func(r actions.IngressRule) bool { return r.CIDR == call.Rule.CIDR && r.From == call.Rule.From }
	switch has := slices.ContainsFunc(group.Rules, same); {
	case group.ID != call.Rule.Group:
	case call.Action == actions.AuthorizeIngress && !has:
		group.Rules = append(slices.Clone(group.Rules), *call.Rule)
	case call.Action == actions.RevokeIngress:
		group.Rules = slices.DeleteFunc(slices.Clone(group.Rules), same)
	}
}

// Seats implements actions.Rotation: every host that Serves has one.
func (f *Fleet) Seats(_ context.Context, h actions.Host) ([]actions.Seat, error) {
	f.Lock()
	defer f.Unlock()
	if !f.hosts[h.Name].Serves {
		return nil, nil
	}
	return []actions.Seat{{Driver: "fake", Group: "app", Target: h.Name, Port: 8080}}, nil
}

// Drain implements actions.Rotation. As the real ones, it refuses to take out a
// second host.
func (f *Fleet) Drain(_ context.Context, h actions.Host, _ []actions.Seat) error {
	f.Lock()
	defer f.Unlock()
	for name, other := range f.hosts {
		if other.Drained && name != h.Name {
			return fmt.Errorf("%s is out of rotation already", name)
		}
	}
	f.log = append(f.log, h.Name+" drain")
	f.hosts[h.Name].Drained = true
	return f.hosts[h.Name].answer("drain", nil)
}

// Return implements actions.Rotation.
func (f *Fleet) Return(_ context.Context, h actions.Host, _ []actions.Seat) error {
	f.Lock()
	defer f.Unlock()
	host := f.hosts[h.Name]
	f.log = append(f.log, h.Name+" return")
	if host.NoReturn != nil {
		return host.NoReturn
	}
	host.Drained = false
	return host.answer("return", nil)
}

// Serving implements actions.Rotation.
func (f *Fleet) Serving(_ context.Context, h actions.Host, _ []actions.Seat) error {
	f.Lock()
	defer f.Unlock()
	if f.hosts[h.Name].Drained {
		return errors.New("it is not in rotation")
	}
	return nil
}

// Wide is a remedy for the fake fleet's cloud: the group sg-1 lets in
// 0.0.0.0/0, and is to let in 10.0.0.0/8 instead.
func Wide() actions.Remedy {
	rule := func(cidr string) *actions.IngressRule {
		return &actions.IngressRule{Group: "sg-1", Proto: "tcp", From: 3306, To: 3306, CIDR: cidr}
	}
	step := func(says, do, undo, cidr string) actions.Step {
		return actions.Step{
			Says: says, Call: &actions.Call{Action: do, Rule: rule(cidr)}, UndoCall: &actions.Call{Action: undo, Rule: rule(cidr)},
			UndoSays: "Take that back: " + says, Lockout: true, Timeout: time.Minute,
		}
	}
	return actions.Remedy{
		ID: "wide", Title: "A rule is too wide", Why: "The world can connect.", Layer: actions.Exposed, Rank: 1,
		References: []string{"none"}, Needs: []actions.Section{actions.SectionCloud},
		Check: func(f *actions.Facts) []actions.Evidence {
			if f.Cloud == nil || !slices.ContainsFunc(f.Cloud.Interfaces[0].Groups[0].Rules, func(r actions.IngressRule) bool { return r.CIDR == "0.0.0.0/0" }) {
				return nil
			}
			return []actions.Evidence{{Says: []string{"0.0.0.0/0 is let in"}}}
		},
		Plan: func(*actions.Facts, actions.Finding) (actions.Change, error) {
			return actions.Change{Guards: []actions.Need{{Guard: "key-login"}}, Steps: []actions.Step{
				step("Let in 10.0.0.0/8", actions.AuthorizeIngress, actions.RevokeIngress, "10.0.0.0/8"),
				step("Shut out 0.0.0.0/0", actions.RevokeIngress, actions.AuthorizeIngress, "0.0.0.0/0"),
			}}, nil
		},
	}
}
