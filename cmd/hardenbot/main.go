// Command hardenbot hardens Linux servers: as a Slack bot (serve), or looking
// only, from a terminal (scan).
//
// In come the configuration file, secrets from the environment, and a
// subcommand. Results go to standard output, one sentence for each thing that
// went wrong to standard error. The exit status is 0 when all is well, 1 for a
// failure, 2 for wrong usage or configuration, and 3 when hosts were not seen
// in full.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// The exit statuses.
const (
	exitFailure    = 1
	exitUsage      = 2
	exitIncomplete = 3
)

func main() {
	// The first signal ends the work in order, the second one at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr, getenv: os.Getenv}
	root := p.rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var ended exit
	if errors.As(err, &ended) && ended.err == nil {
		return ended.status
	}
	for _, sentence := range strings.Split(err.Error(), "\n") {
		p.say("%s", sentence)
	}
	switch {
	case errors.As(err, &ended):
		return ended.status
	case !p.started: // cobra did not like the command line
		return exitUsage
	}
	return exitFailure
}

// exit is an error with an exit status of its own. Without err all was said.
type exit struct {
	status int
	err    error
}

func (e exit) Error() string { return e.err.Error() }
func (e exit) Unwrap() error { return e.err }

// usage is an error of the command line or of the configuration.
func usage(err error) error { return exit{exitUsage, err} }

// say tells people at the terminal one sentence.
func (p *program) say(format string, args ...any) {
	fmt.Fprintln(p.stderr, "hardenbot: "+printable(fmt.Sprintf(format, args...), 2000))
}
