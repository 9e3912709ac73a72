package host

import (
	"context"
	"errors"
	"syscall"
	"time"

	"hardenbot/actions"
)

// proveTimeout bounds a proof: somebody waits for it with a timer running.
const proveTimeout = 20 * time.Second

// proveCommand ends with status 0 as root, or when sudo asks for no password.
const proveCommand = `/bin/sh -c 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; ` +
	`if [ "$(id -u)" = 0 ]; then exit 0; fi; exec sudo -n true'`

// settling is how long sshd may refuse connections after a reload, in which it
// starts itself again.
const settling = 5 * time.Second

// Prove implements actions.Prover. Every connection is a new one, and public
// keys are all that this package ever logs in with. Another transport runs a
// new command, which proves that it works, and nothing about logins. A host that refuses the
// connection is tried again for a moment; one that refuses the key is not.
func (c *Client) Prove(ctx context.Context, h actions.Host) error {
	ctx, cancel := context.WithTimeout(ctx, proveTimeout)
	defer cancel()
	var err error
	for until := time.Now().Add(settling); ; {
		if err = c.prove(ctx, h); !refused(err) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && errors.Is(e.Cause, syscall.ECONNREFUSED)
}

func (c *Client) prove(ctx context.Context, h actions.Host) error {
	conn, err := c.open(ctx, h)
	if err != nil {
		return err
	}
	defer conn.Close()
	out, err := conn.Exec(ctx, proveCommand, "", keepOutput)
	switch {
	case err != nil:
		return err
	case out.Exit != 0:
		return notRoot(h, out)
	}
	return nil
}
