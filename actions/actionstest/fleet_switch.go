package actionstest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hardenbot/actions"
)

// deadman is a dead-man switch on a fake host.
type deadman struct {
	host  *Host
	run   string
	state actions.SwitchState
	undo  string
	timer *time.Timer
	job   *script // the undo, from its begin until it has ended
}

// undoLimit is how long Fire and State wait for the end of an undo.
const undoLimit = 2 * time.Minute

// fired reports whether the switch has decided to put the host back.
func (d *deadman) fired() bool {
	return d != nil && (d.state == actions.SwitchFired || d.state == actions.SwitchFailed)
}

// Armed returns the runs whose switch waits on the host. Lock the fleet.
func (h *Host) Armed() []string {
	var runs []string
	for run, d := range h.switches {
		if d.state == actions.SwitchArmed {
			runs = append(runs, run)
		}
	}
	return runs
}

// Arm implements actions.Switch. The timer runs on whether or not the host is
// down, as it does on a real one.
func (f *Fleet) Arm(_ context.Context, h actions.Host, run, undo string, after time.Duration) error {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "arm")
	switch {
	case err != nil:
		return err
	case host.over[run]:
		return errors.New("this run was put back already, so its switch is not armed")
	case host.switches[run].fired():
		return actions.ErrFired
	}
	if before := host.switches[run]; before != nil {
		before.timer.Stop()
	}
	f.trace(Effect{Host: h.Name, What: "arm", Run: run})
	d := &deadman{host: host, run: run, state: actions.SwitchArmed, undo: undo}
	host.switches[run] = d
	d.timer = time.AfterFunc(after, func() {
		f.Lock()
		defer f.Unlock()
		if !host.off && d.state == actions.SwitchArmed {
			f.log = append(f.log, h.Name+" self-undo")
			f.trace(Effect{Host: h.Name, What: "self-undo", Run: run})
			d.fire()
		}
	})
	return host.answer("arm", nil)
}

// fire decides, once, that the host is put back. What still runs of the change
// does not go on beside that.
func (d *deadman) fire() {
	if d.state != actions.SwitchArmed {
		return
	}
	d.timer.Stop()
	d.state = actions.SwitchFired
	d.host.cutOff(d.run)
	d.putBack()
}

func (d *deadman) putBack() {
	d.job = d.host.begin(actions.Script{Body: d.undo, Run: d.run, Undo: true}, func(exit int) {
		d.job = nil
		if exit != 0 {
			d.state = actions.SwitchFailed
		}
	})
	if d.job.over {
		d.job = nil // it took no time
	}
}

func (d *deadman) boot() {
	switch {
	case d.state == actions.SwitchArmed:
		d.fire()
	case d.job != nil && d.job.cut:
		d.putBack()
	}
}

// outcome waits for the end of an undo that has begun.
func (d *deadman) outcome(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, undoLimit)
	defer cancel()
	return d.host.await(ctx, func() bool { return d.job == nil })
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
	if d.fired() {
		return actions.ErrFired
	}
	f.trace(Effect{Host: h.Name, What: "disarm", Run: run})
	d.timer.Stop()
	d.state = actions.SwitchDisarmed
	return host.answer("disarm", nil)
}

// Fire implements actions.Switch.
func (f *Fleet) Fire(ctx context.Context, h actions.Host, run string) error {
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
	d.fire()
	if err := d.outcome(ctx); err != nil {
		return err
	}
	if d.state != actions.SwitchFired {
		return fmt.Errorf("the switch is %s", d.state)
	}
	return host.answer("fire", nil)
}

// State implements actions.Switch.
func (f *Fleet) State(ctx context.Context, h actions.Host, run string) (actions.SwitchState, error) {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "state")
	if err != nil {
		return "", err
	}
	d := host.switches[run]
	if d == nil {
		return actions.SwitchNone, nil
	}
	if err := d.outcome(ctx); err != nil {
		return "", err
	}
	return d.state, host.answer("state", nil)
}

// Fired reports whether the run's switch has put the host back. Lock the fleet.
func (h *Host) Fired(run string) bool { return h.switches[run].fired() }
