package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Limits in bytes. What a script prints beyond keep is dropped; a host that
// prints more than flood is cut off.
const (
	keepOutput = 64 << 10
	keepProbe  = 8 << 20
	flood      = 64 << 20
)

var errFlood = errors.New("it printed too much")

// Exec runs a command with the given standard input and keeps the first
// `keep` bytes of its standard output. Each host counts as ill-behaved: the
// connection is closed when ctx ends, and whatever was read so far is returned
// with the error.
func (c *connection) Exec(ctx context.Context, command, stdin string, keep int) (Output, error) {
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	stop := context.AfterFunc(ctx, func() { _ = c.tcp.Close() })
	defer stop()

	flooded := func() { cut(errFlood) }
	stdout := &bounded{keep: keep, flood: flooded}
	stderr := &bounded{keep: keepOutput, flood: flooded}
	err := c.session(command, strings.NewReader(stdin), stdout, stderr)
	out := Output{Stdout: stdout.kept.Bytes(), Stderr: stderr.kept.Bytes()}

	var exit *ssh.ExitError
	switch {
	case errors.Is(context.Cause(ctx), errFlood):
		return out, fault(ErrUnreachable, err, "%s was cut off because it printed more than %d MiB", c.host.Name, flood>>20)
	case ctx.Err() != nil:
		return out, ended(ctx, "a command on %s", c.host.Name)
	case errors.As(err, &exit) && exit.Signal() == "":
		out.Exit = exit.ExitStatus()
		return out, nil
	case errors.As(err, &exit):
		return out, fault(nil, err, "a command on %s was ended by signal %s", c.host.Name, clean(exit.Signal(), 16))
	case err != nil:
		return out, fault(ErrUnreachable, err, "the connection to %s was lost while a command ran", c.host.Name)
	}
	return out, nil
}

// session runs the command. A host that ends without reading all of its input
// has still ended, which Session.Stdin would turn into an error.
func (c *connection) session(command string, stdin io.Reader, stdout, stderr io.Writer) error {
	session, err := c.clients[len(c.clients)-1].NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	session.Stdout, session.Stderr = stdout, stderr
	input, err := session.StdinPipe()
	if err != nil {
		return err
	}
	if err := session.Start(command); err != nil {
		return err
	}
	var writing sync.WaitGroup
	writing.Go(func() { _, _ = io.Copy(input, stdin); _ = input.Close() })
	defer writing.Wait()
	return session.Wait()
}

// bounded keeps the first bytes written to it and drops the rest. It never
// fails: a writer that fails would make the host wait forever.
type bounded struct {
	kept  bytes.Buffer
	keep  int
	total int
	flood func()
}

func (b *bounded) Write(p []byte) (int, error) {
	b.total += len(p)
	if room := b.keep - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	if b.total > flood {
		b.flood()
	}
	return len(p), nil
}
