package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"hardenbot/actions"
)

// Provider makes calls of EC2, in the places of the Client. It may be used by
// many goroutines.
//
// EC2 is eventually consistent: for some seconds an answer may be older than
// the last change. So the effect is looked for again and again, and EC2's
// refusal because it is so already (a duplicate, not found) is a success.
type Provider struct {
	Client   *Client
	Interval time.Duration // between two looks at the effect; 2 s if zero
	Patience time.Duration // for the effect to be seen after the call; 60 s if zero
}

var _ actions.Provider = (*Provider)(nil)

// errUnread is why the effect is not known before the first look.
var errUnread = errors.New("AWS does not tell how it is now")

// task is one call: how to see whether what it says is so, and how to make it.
type task interface {
	// look reads the state. It changes nothing.
	look(ctx context.Context) (standing, error)
	// do makes the call, with the options for this one.
	do(ctx context.Context, options func(*ec2.Options)) error
	// already reports whether EC2 refused because it is so already.
	already(code string) bool
	// says words that it is so, once it was read.
	says() string
}

// standing is what a look at a task's subject shows.
type standing struct {
	so       bool
	gone     bool   // it is so because there is nothing
	underway bool   // it was called for and is coming
	obstacle string // why the call must not be made, a sentence
	rule     string // id of the rule that makes it so
}

// Make implements actions.Provider. What AWS clearly refused has no effect and
// is exit status 1, and so is what AWS took but does not show in time. Where an
// answer got lost, and the effect is not seen either, the result is an error.
func (p *Provider) Make(ctx context.Context, call actions.Call) (actions.Made, error) {
	t, place, err := p.task(ctx, call)
	if err != nil {
		return outcome(call, place, err)
	}
	now, err := p.first(ctx, t)
	switch {
	case err != nil:
		return outcome(call, place, err)
	case now.obstacle != "":
		return refusal(now.obstacle), nil
	case now.so:
		return actions.Made{Output: actions.Output{Stdout: "Nothing had to be done: " + t.says() + " already.\n"}}, nil
	case now.underway:
		return p.readBack(ctx, call, place, t, false, nil)
	}
	a := &attempts{}
	err = t.do(ctx, a.watch)
	ours := true
	switch {
	case t.already(code(err)):
		ours, err = a.unclear, nil // unless the answer of an earlier attempt got lost, somebody else was faster
	case err != nil && !a.unclear && ctx.Err() == nil:
		return undone(call, place, err)
	}
	return p.readBack(ctx, call, place, t, ours, err)
}

// So implements actions.Provider.
func (p *Provider) So(ctx context.Context, call actions.Call) (bool, error) {
	t, _, err := p.task(ctx, call)
	if err != nil {
		return false, err
	}
	now, err := p.first(ctx, t)
	return now.so, err
}

// first looks before the call. That something is gone has to be seen twice: it
// could have been made so recently that it does not show yet, and then it would
// be left behind.
func (p *Provider) first(ctx context.Context, t task) (standing, error) {
	now, err := t.look(ctx)
	if err != nil || !now.gone {
		return now, err
	}
	if err := p.pause(ctx); err != nil {
		return now, err
	}
	return t.look(ctx)
}

// readBack looks until the effect is seen, or the patience is over. Ours says
// whether the effect is that of this call. Unclear is
// why it is not known whether the call was carried out, nil if it was.
func (p *Provider) readBack(ctx context.Context, call actions.Call, place *place, t task, ours bool, unclear error) (actions.Made, error) {
	patience := cmp.Or(p.Patience, time.Minute)
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	why := errUnread
	for waiting := error(nil); waiting == nil; waiting = p.pause(within) {
		now, err := t.look(within)
		switch {
		case err == nil && now.so:
			return actions.Made{Output: actions.Output{Stdout: "Done: " + t.says() + ".\n"}, Changed: ours, Rule: now.rule}, nil
		case err == nil:
			why = unclear
		case within.Err() == nil: // otherwise the look before tells more
			why = err
		}
	}
	if why = cmp.Or(ctx.Err(), why); why != nil {
		return actions.Made{}, unknown(call, place, why)
	}
	return refusal(fmt.Sprintf("AWS took the call, but %s later its effect is not to be seen: %s.", patience, call)), nil
}

func (p *Provider) pause(ctx context.Context) error {
	next := time.NewTimer(cmp.Or(p.Interval, 2*time.Second))
	defer next.Stop()
	select {
	case <-next.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
