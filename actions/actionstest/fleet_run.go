package actionstest

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"hardenbot/actions"
)

// lookEvery is how often a call looks whether its script has ended, or its
// connection was lost.
const lookEvery = time.Second

// turnMargin is how long before its time is up a script stops waiting for an
// earlier one of its run.
const turnMargin = 10 * time.Second

// script is one that runs on a host. It goes on whatever becomes of the
// connection, unless it is cut off.
type script struct {
	actions.Script
	lines [][]string
	exit  int
	over  bool
	cut   bool // by a restart, or by the dead-man switch
	end   func(exit int)
}

// Run implements actions.Shell, as the contract of actions.Script has it. These
// lines do something: "set KEYWORD VALUE" for an effective sshd setting, "keep
// KEYWORD" and "restore KEYWORD" for putting it back as it was, "at_boot KEYWORD
// VALUE" for a setting from the next boot on, "exit N", "boot_id", and
// "reboot_soon" with or without the boot that is to be left.
func (f *Fleet) Run(ctx context.Context, h actions.Host, s actions.Script) (actions.Output, error) {
	f.Lock()
	defer f.Unlock()
	host, err := f.reach(h, "run")
	switch {
	case err != nil:
		return actions.Output{}, err
	case s.Body == "boot_id\n":
		return actions.Output{Stdout: host.bootID()}, host.answer("run", nil)
	}
	s.Timeout = cmp.Or(s.Timeout, 2*time.Minute)
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	out, err := host.inTurn(ctx, s)
	return out, host.answer("run", err)
}

// inTurn runs the script after an earlier one of its run.
func (h *Host) inTurn(ctx context.Context, s actions.Script) (actions.Output, error) {
	if s.Undo {
		h.over[s.Run] = true
	}
	key := fmt.Sprint(s.Run, " ", s.Step)
	for end := time.Now().Add(s.Timeout - turnMargin); s.Run != "" && h.running[s.Run] != nil; {
		if err := h.await(ctx, func() bool { return h.running[s.Run] == nil || !time.Now().Before(end) }); err != nil {
			return actions.Output{}, err
		}
		if h.running[s.Run] != nil && !time.Now().Before(end) {
			return actions.Output{Exit: 1, Stderr: "an earlier script of this run did not end, so this one was not run"}, nil
		}
	}
	if exit, over := h.ended[key]; over && s.Step > 0 {
		return actions.Output{Exit: exit}, nil
	}
	if !s.Undo && (h.over[s.Run] || h.switches[s.Run].fired()) {
		return actions.Output{Exit: 1, Stderr: "the host was put back before this step came to it"}, nil
	}
	now := h.begin(s, func(exit int) {
		if s.Step > 0 {
			h.ended[key] = exit
		}
	})
	if err := h.await(ctx, func() bool { return now.over || now.cut }); err != nil {
		return actions.Output{}, err
	}
	if now.cut {
		return actions.Output{}, errLost
	}
	return actions.Output{Exit: now.exit}, nil
}

// await waits, with the fleet unlocked, while the connection holds.
func (h *Host) await(ctx context.Context, done func() bool) error {
	for !done() {
		h.fleet.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
		h.fleet.Lock()
		if !done() && (ctx.Err() != nil || h.Down || h.off) {
			return errLost
		}
	}
	return nil
}

// begin starts a script, which calls end with its exit status.
func (h *Host) begin(s actions.Script, end func(exit int)) *script {
	now := &script{Script: s, end: end}
	for line := range strings.Lines(s.Body) {
		if words := strings.Fields(line); does(words) {
			now.lines = append(now.lines, words)
		}
	}
	h.running[s.Run] = now
	h.fleet.trace(Effect{Host: h.Facts.Host.Name, What: now.what(), Run: s.Run, Step: s.Step})
	h.goOn(now, h.Takes/time.Duration(len(now.lines)+1))
	return now
}

func (s *script) what() string {
	if s.Undo {
		return "undo"
	}
	return "step"
}

// goOn runs a line after each pause, and ends the script after the last.
func (h *Host) goOn(s *script, pause time.Duration) {
	for pause == 0 && !s.over && !s.cut {
		h.line(s)
	}
	if s.over || s.cut {
		return
	}
	time.AfterFunc(pause, func() {
		h.fleet.Lock()
		defer h.fleet.Unlock()
		if !s.cut {
			h.line(s)
			h.goOn(s, pause)
		}
	})
}

// line runs the script's next line, or ends it.
func (h *Host) line(s *script) {
	failing := h.Fails && !s.Undo || h.Stuck && s.Undo
	if len(s.lines) > 0 && s.exit == 0 {
		s.exit = h.do(s, s.lines[0])
		s.lines = s.lines[1:]
		if failing {
			s.exit = 1
		}
		return
	}
	s.over = true
	delete(h.running, s.Run)
	h.fleet.trace(Effect{Host: h.Facts.Host.Name, What: s.what() + " over", Run: s.Run, Step: s.Step})
	s.end(s.exit)
	h.restartIfDue()
}

// cutOff ends what runs of a run in the middle.
func (h *Host) cutOff(run string) {
	if s := h.running[run]; s != nil {
		h.fleet.trace(Effect{Host: h.Facts.Host.Name, What: "cut off", Run: s.Run, Step: s.Step})
		s.cut = true
		delete(h.running, run)
	}
}
