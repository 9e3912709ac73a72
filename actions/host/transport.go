package host

import (
	"context"
	"errors"
	"fmt"

	"hardenbot/actions"
)

// Transport is a way to hosts other than SSH, such as the agent of AWS Systems
// Manager. Its errors are of type *Error where callers branch, and can be shown.
type Transport interface {
	// Open makes sure that the host is known to the transport and returns a
	// session on it. It costs at most the time that ctx has.
	Open(ctx context.Context, h actions.Host) (Session, error)
}

// Session runs commands on one host.
type Session interface {
	// Exec runs a command line of the POSIX shell with the given standard
	// input, and keeps the first `keep` bytes of its standard output and
	// 64 KiB of its standard error. A status other than 0 is no error. An
	// error means that it is unknown whether or how the command ended; what
	// was read so far may come with it.
	Exec(ctx context.Context, command, stdin string, keep int) (Output, error)
	// Close ends the session.
	Close()
}

// Output is what a command said, and how it ended.
type Output struct {
	Exit           int
	Stdout, Stderr []byte
}

var _ Session = (*connection)(nil)

// open begins a session on the host, by the way that it is reached by. It costs
// at most the connect timeout.
func (c *Client) open(ctx context.Context, h actions.Host) (Session, error) {
	if h.Transport == "" {
		conn, err := c.connect(ctx, h)
		if err != nil {
			return nil, err // and no nil connection, which is no nil Session
		}
		return conn, nil
	}
	transport := c.cfg.Transports[h.Transport]
	if transport == nil {
		return nil, fmt.Errorf("%s is to be reached by the transport %.40q, which is not set up: for ssm, name aws.accounts in the configuration", h.Name, h.Transport)
	}
	limited, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout)
	defer cancel()
	session, err := transport.Open(limited, h)
	if err != nil && limited.Err() != nil {
		err = ended(limited, "finding %s", h.Name)
	}
	var fault *Error
	if errors.As(err, &fault) {
		c.log.WarnContext(ctx, "no way to the host", "host", h.Name, "transport", h.Transport, "says", fault.Says, "cause", fault.Cause)
	}
	return session, err
}
