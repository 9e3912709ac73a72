package host

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"time"

	"hardenbot/actions"
)

//go:embed fence.sh
var fenceScript string

//go:embed step.sh
var stepScript string

// defaultTimeout is what a script without a Timeout gets.
const defaultTimeout = 2 * time.Minute

// turnMargin is how long before its time is up a script stops waiting for an
// earlier one of its run, so that it can still say so.
const turnMargin = 10 * time.Second

// stateRoot is where hosts keep what is needed to put them back.
const stateRoot = "/var/lib/hardenbot"

// runID is what an id of a run may look like: it names a directory and units.
var runID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// rootCommand runs the script on its standard input as root. Every login shell
// reads it the same.
const rootCommand = `/bin/sh -c 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; ` +
	`if [ "$(id -u)" = 0 ]; then exec /bin/sh -s; fi; exec sudo -n /bin/sh -s'`

// Run implements actions.Shell.
func (c *Client) Run(ctx context.Context, h actions.Host, s actions.Script) (actions.Output, error) {
	s.Timeout = cmp.Or(s.Timeout, defaultTimeout)
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	return c.asRoot(ctx, h, s)
}

func (c *Client) asRoot(ctx context.Context, h actions.Host, s actions.Script) (actions.Output, error) {
	if s.Run != "" && !runID.MatchString(s.Run) {
		return actions.Output{}, fmt.Errorf("%q is no id of a run: letters, digits, - and _ are", s.Run)
	}
	conn, err := c.open(ctx, h)
	if err != nil {
		return actions.Output{}, err
	}
	defer conn.Close()
	mark := "@@" + rand.Text() + "\n"
	out, err := conn.Exec(ctx, rootCommand, c.rootScript(mark, s), len(mark)+keepOutput)
	if err != nil {
		return actions.Output{}, err
	}
	stdout, began := bytes.CutPrefix(out.Stdout, []byte(mark))
	if !began {
		return actions.Output{}, notRoot(h, out)
	}
	return actions.Output{Exit: out.Exit, Stdout: string(stdout), Stderr: string(out.Stderr)}, nil
}

// notRoot is the error for a script that did not begin.
func notRoot(h actions.Host, out Output) error {
	said := clean(string(out.Stderr), 200)
	if out.Exit == 127 {
		return fault(ErrSudo, nil, "%s may not act as root on %s: sudo is not installed there", h.User, h.Name)
	}
	return fault(ErrSudo, nil, "%s may not act as root on %s without a password; it said: %s", h.User, h.Name, cmp.Or(said, "nothing"))
}

// rootScript is what goes over standard input. The shell reads the braces to
// their end before it begins, so that a script cut off on its way does nothing;
// and nothing in it can read the rest of it as input.
func (c *Client) rootScript(mark string, s actions.Script) string {
	var b strings.Builder
	b.WriteString("{ exec </dev/null\nprintf '%s\\n' '" + strings.TrimSuffix(mark, "\n") + "'\n")
	b.WriteString(environment + c.turn(s) + c.cfg.Prelude)
	if numbered(s) {
		b.WriteString(inShellOfItsOwn(s) + "}\n")
	} else {
		b.WriteString("\nset -eu\n" + s.Body + "\n}\n")
	}
	return b.String()
}

// numbered reports whether the script is to run once, as step.sh says.
func numbered(s actions.Script) bool { return s.Run != "" && s.Step > 0 && !s.Undo }

// inShellOfItsOwn is the body of a numbered step, and what comes after its end.
func inShellOfItsOwn(s actions.Script) string {
	return fmt.Sprintf("\n(\nruns_too\nset -eu\n%s\n) >\"$HARDENBOT_STATE/steps/%d.new/out\" 2>\"$HARDENBOT_STATE/steps/%d.new/err\"\nend_numbered %d $?\n",
		s.Body, s.Step, s.Step, s.Step)
}

// environment is what every script finds.
const environment = "LC_ALL=C\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport LC_ALL PATH\n"

// stateOf is what a script of a run finds beside that.
func (c *Client) stateOf(run string) string {
	state := c.state + "/" + run
	return "HARDENBOT_STATE=" + state + "\nexport HARDENBOT_STATE\n" +
		"mkdir -p -m 0700 " + c.state + " " + state + " || exit 1\n" + fenceScript
}

// turn has a script of a run wait for its turn, as fence.sh says.
func (c *Client) turn(s actions.Script) string {
	patience := int(max(0, s.Timeout-turnMargin).Seconds())
	switch {
	case s.Run == "":
		return ""
	case s.Undo:
		return c.stateOf(s.Run) + fmt.Sprintf("begin_undo %d\n", patience)
	case numbered(s):
		return c.stateOf(s.Run) + stepScript + fmt.Sprintf("begin_numbered %d %d\n", patience, s.Step)
	}
	return c.stateOf(s.Run) + fmt.Sprintf("begin_step %d\n", patience)
}
