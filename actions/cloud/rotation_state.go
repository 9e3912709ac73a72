package cloud

import (
	"net"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
)

// targetState is what a target group says of one of its targets.
type targetState struct {
	id, zone string
	port     int
	state    elbtypes.TargetHealthStateEnum
	reason   elbtypes.TargetHealthReasonEnum
	words    string // AWS's; foreign text
}

func stateOf(h elbtypes.TargetHealthDescription) targetState {
	var t targetState
	if h.Target != nil {
		t.id, t.zone, t.port = aws.ToString(h.Target.Id), aws.ToString(h.Target.AvailabilityZone), int(aws.ToInt32(h.Target.Port))
	}
	if h.TargetHealth != nil {
		t.state, t.reason, t.words = h.TargetHealth.State, h.TargetHealth.Reason, aws.ToString(h.TargetHealth.Description)
	}
	return t
}

// targetStates is all targets of a group.
type targetStates []targetState

// of returns the state of a seat. One that the group does not list is not
// registered.
func (states targetStates) of(s actions.Seat) targetState {
	for _, t := range states {
		if t.id == s.Target && t.port == s.Port && (s.Zone == "" || t.zone == s.Zone) {
			return t
		}
	}
	return targetState{
		id: s.Target, port: s.Port, zone: s.Zone,
		state: elbtypes.TargetHealthStateEnumUnused, reason: elbtypes.TargetHealthReasonEnumNotRegistered,
	}
}

// out reports whether the group has nothing to do with the target any more.
func (t targetState) out() bool {
	return t.state == elbtypes.TargetHealthStateEnumUnused && t.reason == elbtypes.TargetHealthReasonEnumNotRegistered
}

// idle reports whether no load balancer sends anything to the target.
func (t targetState) idle() bool {
	return t.state == elbtypes.TargetHealthStateEnumUnused && t.reason == elbtypes.TargetHealthReasonEnumNotInUse
}

// registered reports whether the target is meant to get traffic.
func (t targetState) registered() bool {
	return !t.out() && t.state != elbtypes.TargetHealthStateEnumDraining
}

// takesTraffic reports whether the target gets traffic, or would if it were
// healthy.
func (t targetState) takesTraffic() bool { return t.registered() && !t.idle() }

// serves reports whether all is as it should be.
func (t targetState) serves() bool {
	return t.idle() || t.state == elbtypes.TargetHealthStateEnumHealthy
}

// presence is how a registered target stands.
func (t targetState) presence() presence {
	switch t.state {
	case elbtypes.TargetHealthStateEnumHealthy:
		return serves
	case elbtypes.TargetHealthStateEnumDraining, elbtypes.TargetHealthStateEnumInitial:
		return away
	}
	return ails
}

// name is what the group calls the target.
func (t targetState) name() string {
	return net.JoinHostPort(actions.Line(t.id, 60), strconv.Itoa(t.port))
}

// String is the state with AWS's reasons.
func (t targetState) String() string {
	s := string(t.state)
	if t.reason != "" {
		s += ", " + string(t.reason)
	}
	if t.words != "" {
		s += ": " + t.words
	}
	return actions.Line(s, 300)
}
