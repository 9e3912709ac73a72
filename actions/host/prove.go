package host

import (
	"context"
	"time"

	"hardenbot/actions"
)

// proveTimeout bounds a proof: somebody waits for it with a timer running.
const proveTimeout = 20 * time.Second

// proveCommand ends with status 0 as root, or when sudo asks for no password.
const proveCommand = `/bin/sh -c 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; ` +
	`if [ "$(id -u)" = 0 ]; then exit 0; fi; exec sudo -n true'`

// Prove implements actions.Prover. Every connection is a new one, and public
// keys are all that this package ever logs in with.
func (c *Client) Prove(ctx context.Context, h actions.Host) error {
	ctx, cancel := context.WithTimeout(ctx, proveTimeout)
	defer cancel()
	conn, err := c.connect(ctx, h)
	if err != nil {
		return err
	}
	defer conn.Close()
	out, err := conn.exec(ctx, proveCommand, "", keepOutput)
	switch {
	case err != nil:
		return err
	case out.exit != 0:
		return notRoot(h, out)
	}
	return nil
}
