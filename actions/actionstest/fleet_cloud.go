package actionstest

import (
	"context"
	"slices"
	"time"

	"hardenbot/actions"
)

var _ actions.Provider = (*Fleet)(nil)

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
	if changed {
		f.trace(Effect{What: "call", Call: &call})
	}
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
