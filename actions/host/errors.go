package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// What can go wrong on the way to a host, for callers that branch. The errors
// that match them say more, in a sentence that may be shown.
var (
	ErrUnreachable    = errors.New("the host cannot be reached")
	ErrTimeout        = errors.New("the host took too long")
	ErrHostKeyUnknown = errors.New("the host key is unknown")
	ErrHostKeyChanged = errors.New("the host key has changed")
	ErrLogin          = errors.New("the login was refused")
	ErrSudo           = errors.New("sudo was refused")
)

// Error says in one sentence what went wrong with a host. The cause, which may
// quote the host or name what is nobody's business, is for the log alone.
type Error struct {
	Kind  error // one of the above, or nil
	Says  string
	Cause error
}

func (e *Error) Error() string { return e.Says }

// Unwrap makes the error match its kind. The cause is left out on purpose.
func (e *Error) Unwrap() error { return e.Kind }

func fault(kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Cause: cause, Says: fmt.Sprintf(format, args...)}
}

// ended tells why ctx is done: the caller gave up, or the time was up.
func ended(ctx context.Context, format string, args ...any) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fault(context.Canceled, context.Cause(ctx), format+": it was called off", args...)
	}
	return fault(ErrTimeout, context.Cause(ctx), format+": it took too long", args...)
}

// network words an error of the network without addresses of resolvers.
func network(err error) string {
	var dns *net.DNSError
	var no syscall.Errno
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the name does not resolve"
	case errors.As(err, &dns):
		return "the name could not be looked up"
	case errors.As(err, &no):
		return no.Error()
	}
	return "the network failed"
}

// clean makes one harmless line of what a host printed: control characters
// become spaces, invalid UTF-8 and what lies beyond max bytes goes.
func clean(s string, max int) string {
	if len(s) > max {
		s = s[:max]
	}
	s = strings.ToValidUTF8(s, "")
	return strings.TrimSpace(strings.Map(harmless, s))
}
