package host

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"hardenbot/actions"
)

//go:embed switch.sh
var switchScript string

//go:embed timer.sh
var timerScript string

//go:embed watch.sh
var watchText string

//go:embed fire.sh
var fireText string

// Time limits of the switch's own scripts. An undo may take as long as
// undoLimit before Fire and State stop waiting for its end.
const (
	switchTimeout = 30 * time.Second
	undoLimit     = 2 * time.Minute
	packageLimit  = 5 * time.Minute // for packages that are being installed when it fires
)

// Arm implements actions.Switch. The host keeps undo together with all it
// needs; switch.sh says how.
func (c *Client) Arm(ctx context.Context, h actions.Host, run, undo string, after time.Duration) error {
	if strings.TrimSpace(undo) == "" {
		return fmt.Errorf("%s: there is nothing to put it back with, so no switch can be armed", h.Name)
	}
	if after < time.Second {
		return fmt.Errorf("%s: a switch needs at least a second, not %s", h.Name, after)
	}
	word, err := c.throw(ctx, h, run, c.armCall(run, undo, after), switchTimeout)
	word, kind, _ := strings.Cut(word, " ")
	switch {
	case err != nil:
		return err
	case word == "fired":
		return fmt.Errorf("arming %s: %w", h.Name, actions.ErrFired)
	case word != "armed":
		return notUnderstood(h, word)
	}
	c.log.InfoContext(ctx, "dead-man switch armed", "host", h.Name, "run", run, "timer", clean(kind, 20), "after", after)
	return nil
}

// armCall calls arm in switch.sh.
func (c *Client) armCall(run, undo string, after time.Duration) string {
	seconds := int((after + time.Second - 1) / time.Second)
	undo, fire := c.undoScript(run, undo), c.fireScript(run)
	return fmt.Sprintf("arm %d %s %s %x %x", seconds, quoteText(undo), quoteText(fire), sha256.Sum256([]byte(undo)), sha256.Sum256([]byte(fire)))
}

// undoScript is complete in itself: when it runs, the bot may be gone.
func (c *Client) undoScript(run, undo string) string {
	return "{\n" + environment + c.stateOf(run) + "begin_whatever_happens\n" + c.cfg.Prelude + "\nset -eu\n" + undo + "\n}\n"
}

// fireScript is what runs it.
func (c *Client) fireScript(run string) string {
	state := c.state + "/" + run
	return fmt.Sprintf("run=%s\nstate=%s\ndir=%s/switch\npatience=%d\n", run, state, state, int(packageLimit.Seconds())) + watchText + fireText
}

// Disarm implements actions.Switch.
func (c *Client) Disarm(ctx context.Context, h actions.Host, run string) error {
	word, err := c.throw(ctx, h, run, "disarm", switchTimeout)
	switch {
	case err != nil:
		return err
	case word == "fired":
		return fmt.Errorf("disarming %s: %w", h.Name, actions.ErrFired)
	case word != "disarmed":
		return notUnderstood(h, word)
	}
	return nil
}

// Fire implements actions.Switch.
func (c *Client) Fire(ctx context.Context, h actions.Host, run string) error {
	word, err := c.throw(ctx, h, run, "fire", undoLimit+switchTimeout)
	switch {
	case err != nil:
		return err
	case word == "disarmed":
		return fmt.Errorf("%s does not put itself back: its switch was disarmed before", h.Name)
	case word == "failed":
		return fmt.Errorf("%s tried to put itself back and failed; the journal there says why (journalctl -t hardenbot)", h.Name)
	case word != "fired":
		return notUnderstood(h, word)
	}
	return nil
}

// State implements actions.Switch. Of a switch that has fired it waits for the
// end of the undo.
func (c *Client) State(ctx context.Context, h actions.Host, run string) (actions.SwitchState, error) {
	word, err := c.throw(ctx, h, run, "report", undoLimit+switchTimeout)
	if err != nil {
		return "", err
	}
	switch state := actions.SwitchState(word); state {
	case actions.SwitchNone, actions.SwitchArmed, actions.SwitchDisarmed, actions.SwitchFired, actions.SwitchFailed:
		return state, nil
	}
	return "", notUnderstood(h, word)
}

// throw calls a function of switch.sh and returns the word it prints. The
// script is none of the run's own, which fire.sh would end.
func (c *Client) throw(ctx context.Context, h actions.Host, run, call string, limit time.Duration) (string, error) {
	if !runID.MatchString(run) {
		return "", fmt.Errorf("%q is no id of a run: letters, digits, - and _ are", run)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := c.asRoot(ctx, h, actions.Script{Body: c.switchBody(run, call)})
	if err != nil {
		return "", err
	}
	if out.Exit != 0 {
		return "", fmt.Errorf("the dead-man switch on %s: %s", h.Name, clean(lastLine(out.Stderr), 200))
	}
	return lastLine(out.Stdout), nil
}

// switchBody is switch.sh with a call of one of its functions.
func (c *Client) switchBody(run, call string) string {
	head := fmt.Sprintf("run=%s\nstate=%s/%s\nwait=%d\n", run, c.state, run, int(undoLimit.Seconds()))
	return head + switchScript + timerScript + call
}

func notUnderstood(h actions.Host, word string) error {
	return fmt.Errorf("the dead-man switch on %s answered what is not understood: %q", h.Name, clean(word, 40))
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
