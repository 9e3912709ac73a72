package cloud

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"hardenbot/actions"
	"hardenbot/actions/host"
)

// session runs commands on one instance. There is no connection to hold.
type session struct {
	run      *RunCommand
	place    *place
	host     actions.Host
	instance string
}

// Close implements host.Session.
func (s *session) Close() {}

// maxPacked bounds the packed output that is fetched, in bytes: about a hundred
// commands' worth. A whole probe of a large host packs into less than a tenth.
const maxPacked = 2 << 20

// Exec implements host.Session. Of a command whose time is up nothing is read.
func (s *session) Exec(ctx context.Context, command, stdin string, keep int) (host.Output, error) {
	o := order{dir: s.run.dir(), id: rand.Text(), patience: patience(ctx), command: command, keep: keep}
	texts, err := o.texts(stdin)
	if err != nil {
		return host.Output{}, err
	}
	var r result
	for _, text := range texts { // the last one runs the command
		if r, err = s.ask(ctx, text); err != nil {
			return host.Output{}, err
		}
	}
	if r.flooded {
		return host.Output{}, fault(host.ErrUnreachable, nil, "%s was cut off because it printed more than %d MiB", s.host.Name, flood>>20)
	}
	if err := s.fetch(ctx, o, &r); err != nil {
		return host.Output{}, err
	}
	out, err := r.unpack(keep)
	if err != nil {
		return host.Output{}, fault(host.ErrUnreachable, err, "a command on %s ended, but what it printed did not arrive whole", s.host.Name)
	}
	return out, nil
}

// fetch gets the rest of a large output, and has the host remove it.
func (s *session) fetch(ctx context.Context, o order, r *result) error {
	if r.size > maxPacked {
		return fault(host.ErrUnreachable, nil, "a command on %s printed more than can be fetched through AWS Systems Manager", s.host.Name)
	}
	whole := len(r.packed) >= r.size
	for len(r.packed) < r.size {
		more, err := s.ask(ctx, o.fetch(len(r.packed)))
		switch {
		case err != nil:
			return err
		case more.size != r.size || more.packed == "":
			return fault(host.ErrUnreachable, nil, "a command on %s ended, but what it printed did not arrive whole", s.host.Name)
		}
		r.packed += more.packed
	}
	if !whole {
		// Nobody waits for it: the next command would remove the output as well.
		_, _ = s.send(ctx, o.forget())
	}
	return nil
}

// ask has the host run a text of an order and reads what it answers.
func (s *session) ask(ctx context.Context, text string) (result, error) {
	answer, err := s.invoke(ctx, text)
	if err != nil {
		return result{}, err
	}
	r, err := parseResult(answer)
	switch {
	case err != nil:
		return result{}, fault(host.ErrUnreachable, err, "it is unknown how a command on %s ended: the answer through AWS Systems Manager is not understood", s.host.Name)
	case r.word == "broken":
		return result{}, fault(host.ErrUnreachable, nil, "%s cannot run commands through AWS Systems Manager: %s", s.host.Name, r.why)
	case r.word == "running":
		return result{}, fault(host.ErrTimeout, nil, "a command on %s: it took too long", s.host.Name)
	case r.word == "lost":
		return result{}, fault(host.ErrUnreachable, nil, "it is unknown how a command on %s ended: it was cut off there, or its output is gone", s.host.Name)
	}
	return r, nil
}

// maxInvisible is how long AWS may know nothing of a command that it took.
const maxInvisible = 30 * time.Second

// invoke runs a script by Run Command and returns its standard output. When ctx
// ends, a command that has not begun is kept from beginning.
func (s *session) invoke(ctx context.Context, text string) (string, error) {
	id, err := s.send(ctx, text)
	if err != nil {
		return "", err
	}
	began, state := time.Now(), invocation{}
	for wait := cmp.Or(s.run.Interval, 300*time.Millisecond); ; wait = min(wait*3/2, 2*time.Second) {
		if !sleep(ctx, wait) {
			s.cancel(ctx, id)
			return "", s.ended(ctx, state)
		}
		out, err := s.place.ssm.GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: &s.instance})
		invisible := code(err) == "InvocationDoesNotExist"
		switch {
		case err == nil:
			state = invocationOf(out)
		case ctx.Err() != nil:
			continue // told by the next pause
		case invisible && time.Since(began) > maxInvisible, !invisible && rejected(err) && !throttled(err):
			return "", s.unknown(err)
		}
		if answer, err, over := s.judge(state); over {
			return answer, err
		}
	}
}

// send asks AWS to run a script. An error says whether it may run all the same.
func (s *session) send(ctx context.Context, text string) (id string, err error) {
	limit := patience(ctx)
	a := &attempts{}
	out, err := s.place.ssm.SendCommand(ctx, &ssm.SendCommandInput{
		DocumentName: aws.String("AWS-RunShellScript"), InstanceIds: []string{s.instance}, Comment: aws.String("hardenbot"),
		Parameters:     map[string][]string{"commands": {text}, "executionTimeout": {seconds(limit + time.Minute)}},
		TimeoutSeconds: aws.Int32(int32(max(30*time.Second, limit).Seconds())), // 30 is the least
	}, func(o *ssm.Options) { a.Retryer, o.Retryer = o.Retryer, a })
	switch {
	case err == nil && out.Command != nil && aws.ToString(out.Command.CommandId) != "":
		return *out.Command.CommandId, nil
	case err == nil:
		return "", s.unknown(errors.New("the answer names no command"))
	case ctx.Err() != nil:
		return "", s.ended(ctx, invocation{})
	case a.unclear:
		return "", s.unknown(err)
	}
	return "", s.refused(err)
}

// cancel is done for a caller who has left.
func (s *session) cancel(ctx context.Context, id string) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	_, _ = s.place.ssm.CancelCommand(ctx, &ssm.CancelCommandInput{CommandId: &id, InstanceIds: []string{s.instance}})
}

// patience is how long ctx has; an hour where it has no end, and a second at
// least.
func patience(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return time.Hour
	}
	return time.Duration(max(1, math.Ceil(time.Until(end).Seconds()))) * time.Second
}

// sleep reports whether ctx has not ended meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	next := time.NewTimer(d)
	defer next.Stop()
	select {
	case <-next.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
