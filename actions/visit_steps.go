package actions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// prepare does what cannot lock anybody out and may take long, such as
// installing packages, before the switch runs.
func (v *visit) prepare(ctx context.Context) error {
	return v.steps(ctx, 0, v.hp.Change.risky())
}

func (v *visit) apply(ctx context.Context) error {
	return v.steps(ctx, v.hp.Change.risky(), len(v.hp.Change.Steps))
}

// steps carries out those of the change's steps that have not ended well yet.
func (v *visit) steps(ctx context.Context, from, to int) error {
	for n := from; n < to; n++ {
		if done := v.at().Steps; n < len(done) && done[n].well() {
			continue
		}
		if err := v.step(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// step carries out the nth step, or learns how it ended if it was begun before.
func (v *visit) step(ctx context.Context, n int) error {
	step := v.hp.Change.Steps[n]
	if err := v.begin(ctx, n, step); err != nil {
		return err
	}
	made, err := v.carryOut(ctx, n, step)
	if err != nil {
		return fmt.Errorf("it is not known how this step ended: %s: %w", step.Says, err)
	}
	if err := v.stepEnded(v.hp.Host.Name, n, step, made); err != nil {
		return err
	}
	if made.Exit != 0 {
		return fmt.Errorf("this step failed with exit status %d: %s: %s", made.Exit, step.Says, LastLines(cmp.Or(made.Stderr, made.Stdout), 3))
	}
	return nil
}

func (v *visit) begin(ctx context.Context, n int, step Step) error {
	if n < len(v.at().Steps) {
		return nil
	}
	boot, err := "", error(nil)
	if step.Reboot {
		if boot, err = v.bootID(ctx); err != nil {
			return fmt.Errorf("the host was not restarted, because it is not known which boot it is in: %w", err)
		}
	}
	return v.stepBegun(v.hp.Host.Name, step, boot)
}

// carryOut runs the step's script, makes its call or restarts the host.
func (v *visit) carryOut(ctx context.Context, n int, step Step) (Made, error) {
	switch {
	case step.Reboot:
		out, err := v.restart(ctx, n, step)
		return Made{Output: out}, err
	case step.Call == nil:
		out, err := v.script(ctx, Script{Body: step.Do, Run: v.id(), Step: n + 1, Timeout: step.Timeout})
		return Made{Output: out}, err
	}
	ctx, cancel := context.WithTimeout(ctx, step.Timeout)
	defer cancel()
	return v.make(ctx, *step.Call)
}

// script sends a step until its answer comes, or its time is up. The host runs
// it once all the same.
func (v *visit) script(ctx context.Context, s Script) (Output, error) {
	for end := v.Now().Add(s.Timeout); ; pause(ctx, lookAgain) {
		out, err := v.Fleet.Run(ctx, v.hp.Host, s)
		if err == nil || ctx.Err() != nil || !v.Now().Before(end) {
			return out, err
		}
	}
}

// restart restarts the host, once, and waits until it is there again: under
// another boot id than before.
func (v *visit) restart(ctx context.Context, n int, step Step) (Output, error) {
	end := v.Now().Add(step.Timeout)
	was := v.at().Steps[n].Boot
	out, err := v.script(ctx, Script{Body: "reboot_soon " + word(was) + "\n", Run: v.id(), Step: n + 1, Timeout: time.Minute})
	if err == nil && out.Exit != 0 {
		return out, nil
	}
	for ; ; pause(ctx, lookAgain) {
		is, err := v.bootID(ctx)
		switch {
		case err == nil && is != was:
			return Output{Stdout: "It is there again, with boot id " + is + "."}, nil
		case ctx.Err() != nil || !v.Now().Before(end):
			if err == nil {
				err = errors.New("it has not restarted")
			}
			return Output{Exit: 1, Stderr: fmt.Sprintf("the host was not there again within %s: %v", step.Timeout, err)}, nil
		}
	}
}

// bootID reads which boot the host is in.
func (v *visit) bootID(ctx context.Context) (string, error) {
	out, err := v.Fleet.Run(ctx, v.hp.Host, Script{Body: "boot_id\n", Timeout: 30 * time.Second})
	id := Line(strings.TrimSpace(out.Stdout), 100)
	switch {
	case err != nil:
		return "", err
	case out.Exit != 0 || id == "":
		return "", fmt.Errorf("it does not tell its boot id: %s", LastLines(out.Stderr, 1))
	}
	return id, nil
}
