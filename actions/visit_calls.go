package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// make makes a call, if there is a provider to make it. A call whose answer got
// lost and whose effect is there was ours.
func (v *visit) make(ctx context.Context, call Call) (Made, error) {
	if v.Provider == nil {
		return Made{Output: Output{Exit: 1, Stderr: "no cloud account is configured any more"}}, nil
	}
	made, err := v.Provider.Make(ctx, call)
	if err == nil {
		return made, nil
	}
	if so, unread := v.Provider.So(ctx, call); unread == nil && so {
		return Made{Output: Output{Stdout: "The answer got lost, and it is so now."}, Changed: true}, nil
	}
	return made, err
}

// resolve tells of the last call, if its result was not written, whether what
// it says is so, as if the result had come. Whoever made it so meanwhile is not
// known: what follows looks whether the host is well, and puts it back if not.
func (v *visit) resolve(ctx context.Context) error {
	at := v.at()
	last := len(at.Steps) - 1
	if last < 0 || !at.Steps[last].Ended.IsZero() {
		return nil
	}
	step := v.hp.Change.Steps[last]
	if step.Call == nil || v.Provider == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, step.Timeout)
	defer cancel()
	so, err := v.Provider.So(ctx, *step.Call)
	if err != nil || !so {
		return nil // the step is not known to have ended, which the caller sees
	}
	made := Made{Output: Output{Stdout: "Found to be so after an interruption."}, Changed: true}
	return v.stepEnded(v.hp.Host.Name, last, step, made)
}

// undoCalls takes back what this run's calls have changed, the last one first.
// It stops at the first that cannot be taken back: a narrower rule has to stay
// for as long as the wide one that it replaced is gone.
func (v *visit) undoCalls(ctx context.Context) error {
	for i, done := range slices.Backward(v.at().Steps) {
		step := v.hp.Change.Steps[i]
		if step.UndoCall == nil || !done.Ended.IsZero() && !done.Changed {
			continue // a script, or somebody else's doing
		}
		if done.Ended.IsZero() {
			if so, err := v.so(ctx, step); err == nil && !so {
				continue
			}
		}
		if err := v.undoCall(ctx, step, done.Rule); err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) so(ctx context.Context, step Step) (bool, error) {
	if v.Provider == nil {
		return false, errors.New("no cloud account is configured any more")
	}
	ctx, cancel := context.WithTimeout(ctx, step.Timeout)
	defer cancel()
	return v.Provider.So(ctx, *step.Call)
}

// undoCall takes a step's call back. A rule that it made is named by its id.
func (v *visit) undoCall(ctx context.Context, s Step, rule string) error {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	call := *s.UndoCall
	if rule != "" && call.Action == RevokeIngress {
		own := *call.Rule
		own.ID, call.Rule = rule, &own
	}
	out, err := v.make(ctx, call)
	if failed := v.putBack(v.hp.Host.Name, call, out.Output, err); failed != nil {
		return failed
	}
	switch {
	case err != nil:
		return fmt.Errorf("it is not known whether this could be put back: %s: %w; the command is %s", s.UndoSays, err, call)
	case out.Exit != 0:
		return fmt.Errorf("this could not be put back: %s: %s; the command is %s", s.UndoSays, LastLines(out.Stderr, 3), call)
	}
	return nil
}
