package cloud

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/host"
)

// RunCommandActions lists every API action that a RunCommand needs besides
// ReadActions, sorted. Whoever has them is root on the instances.
var RunCommandActions = []string{
	"ssm:CancelCommand",
	"ssm:GetCommandInvocation",
	"ssm:SendCommand",
}

// RunCommand reaches hosts without SSH: Run Command of AWS Systems Manager has
// the agent on the instance run what is sent to it, as root.
//
// Each command is one SendCommand to one instance, so that Run Command's limits
// for concurrency and errors, which are about many instances, have nothing to
// decide: how many hosts are worked on at a time is up to the caller, and each
// failure is its host's own. A command costs some seconds.
//
// What is sent and what comes back is packed (runcommand_pack.go), in parts
// where it is larger than Systems Manager takes. A command runs at most once,
// however often AWS is asked to run it (runcommand.sh). One that is called off
// before the agent has it never begins; one that has begun goes on without the
// bot, as over SSH. The commands stay in AWS's history for 30 days, and hold
// what the scripts hold.
//
// It may be used by many goroutines.
type RunCommand struct {
	Client   *Client
	Dir      string        // on the hosts, root's alone; /var/lib/hardenbot-ssm if empty
	Interval time.Duration // before the first look at a command, and more between later ones up to 2 s; 300 ms if zero

	mu     sync.Mutex
	latest *sighting
}

var _ host.Transport = (*RunCommand)(nil)

// Open implements host.Transport. It ties the host to its instance.
func (r *RunCommand) Open(ctx context.Context, h actions.Host) (host.Session, error) {
	d := &description{errs: map[string]error{}}
	for l, tied := range r.Client.tieIn(ctx, r.looks(ctx), []actions.Host{h}, d) {
		return &session{run: r, place: l.place, host: h, instance: tied[h.Name]}, nil
	}
	err := d.errs[h.Name]
	if err == nil {
		err = errors.New("it is no instance of the AWS accounts and regions that are looked at")
	}
	return nil, fault(host.ErrUnreachable, err, "%s cannot be reached through AWS Systems Manager: %s", h.Name, short(err.Error()))
}

// fresh is how long what was seen of the network interfaces is gone by. A scan
// opens many sessions at a time, and each look lists all interfaces there are.
const fresh = 5 * time.Second

// sighting is one look that several callers may wait for.
type sighting struct {
	done  chan struct{}
	looks []*look
	at    time.Time
	whole bool // every place answered
}

// looks returns how the interfaces are now, or were a moment ago.
func (r *RunCommand) looks(ctx context.Context) []*look {
	for {
		s, mine := r.sight()
		if mine {
			s.looks = r.Client.look(ctx)
			s.at, s.whole = time.Now(), allSeen(s.looks)
			close(s.done)
			return s.looks
		}
		select {
		case <-s.done:
			if s.whole {
				return s.looks
			}
			r.drop(s)
		case <-ctx.Done():
			return r.Client.look(ctx) // which tells that the time is up
		}
	}
}

// sight returns a look to go by, or a new one that the caller has to make.
func (r *RunCommand) sight() (s *sighting, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.latest; s != nil {
		select {
		case <-s.done:
			if s.whole && time.Since(s.at) < fresh {
				return s, false
			}
		default:
			return s, false
		}
	}
	r.latest = &sighting{done: make(chan struct{})}
	return r.latest, true
}

// drop keeps a look that failed from being gone by.
func (r *RunCommand) drop(s *sighting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.latest == s {
		r.latest = nil
	}
}

func allSeen(looks []*look) bool {
	for _, l := range looks {
		if l.err != nil {
			return false
		}
	}
	return true
}

func fault(kind, cause error, format string, args ...any) *host.Error {
	return &host.Error{Kind: kind, Cause: cause, Says: fmt.Sprintf(format, args...)}
}
