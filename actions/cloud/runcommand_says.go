package cloud

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"hardenbot/actions"
	"hardenbot/actions/host"
)

// invocation is what AWS says of a command on its one instance.
type invocation struct {
	status         string // in detail, without spaces; empty while AWS says nothing
	stdout, stderr string // foreign text
}

func invocationOf(out *ssm.GetCommandInvocationOutput) invocation {
	status := aws.ToString(out.StatusDetails)
	if status == "" {
		status = string(out.Status)
	}
	return invocation{
		status: strings.ReplaceAll(status, " ", ""),
		stdout: aws.ToString(out.StandardOutputContent), stderr: aws.ToString(out.StandardErrorContent),
	}
}

// waits reports whether the agent does not have the command yet.
func (i invocation) waits() bool {
	return i.status == "" || i.status == "Pending" || i.status == "Delayed"
}

// judge tells whether the command is over, and how. The statuses are those of
// "Understanding command statuses" in the user guide of Systems Manager.
func (s *session) judge(i invocation) (answer string, err error, over bool) {
	switch i.status {
	case "", "Pending", "Delayed", "InProgress", "Cancelling":
		return "", nil, false
	case "Success":
		return i.stdout, nil, true
	case "DeliveryTimedOut", "Undeliverable", "ConnectionLost":
		return "", fault(host.ErrUnreachable, nil, "%s cannot be reached through AWS Systems Manager: its agent on %s did not take the command (%s)", s.host.Name, s.instance, i.status), true
	case "ExecutionTimedOut", "TimedOut":
		return "", fault(host.ErrTimeout, nil, "a command on %s: it took too long", s.host.Name), true
	}
	said := actions.Line(i.stderr, 200)
	if said == "" {
		said = "nothing"
	}
	return "", fault(host.ErrUnreachable, nil, "it is unknown how a command on %s ended: AWS Systems Manager calls it %s; it said: %s", s.host.Name, actions.Line(i.status, 40), said), true
}

// ended tells why ctx is done, as SSH does.
func (s *session) ended(ctx context.Context, i invocation) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fault(context.Canceled, context.Cause(ctx), "a command on %s: it was called off", s.host.Name)
	case i.waits():
		return fault(host.ErrTimeout, context.Cause(ctx), "a command on %s: the agent of AWS Systems Manager did not take it in time", s.host.Name)
	}
	return fault(host.ErrTimeout, context.Cause(ctx), "a command on %s: it took too long", s.host.Name)
}

// unknown is the error where AWS may have run the command.
func (s *session) unknown(err error) error {
	return fault(host.ErrUnreachable, err, "it is unknown how a command on %s ended: %s", s.host.Name, s.place.fail(err))
}

// refused is the error where AWS did not run the command.
func (s *session) refused(err error) error {
	switch {
	case throttled(err):
		return fault(host.ErrUnreachable, err, "%s cannot be reached through AWS Systems Manager: AWS was too busy to take the command; try again later, or lower ssh.parallel", s.host.Name)
	case code(err) == "InvalidInstanceId":
		return fault(host.ErrUnreachable, err, "%s cannot be reached through AWS Systems Manager: it knows no agent that is at work on %s; see that the agent runs there and that the instance has a role for it", s.host.Name, s.instance)
	case code(err) == "AccessDeniedException":
		return fault(host.ErrLogin, err, "%s cannot be reached through AWS Systems Manager: AWS, %s in %s, does not permit the bot ssm:SendCommand on %s", s.host.Name, s.place.account, s.place.region, s.instance)
	}
	return fault(host.ErrUnreachable, err, "%s cannot be reached through AWS Systems Manager: %s", s.host.Name, s.place.fail(err))
}
