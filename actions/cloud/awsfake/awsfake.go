// Package awsfake is a stand-in for AWS inside the process: for tests without a
// network and for a demo without an account.
//
//	stock AWS SDK client ── HTTP ──▶ Fake ──▶ action ──▶ State of a Place
//	        ▲                         │ who, where, what      (account, region)
//	        └── XML, JSON or error ◀──┘ every call is kept
//
// In come signed requests in the protocols of EC2, Elastic Load Balancing (v2),
// Auto Scaling, Systems Manager and STS, at any path of one URL; the signature's
// scope names service and region. Out go AWS's answers and AWS's errors. The
// other way in is Go: a Place is filled with Add…, changed with Update and
// looked at with State; Calls tells what was called.
//
// Each action works on a copy of the state, which takes the state's place only
// when the action succeeds: a call that is refused has changed nothing. What
// passes with time (a draining target, an instance on its way to standby) is
// computed from when it began, by a clock that a test may hold.
//
// Agents of Systems Manager run what Options.Execute runs for them, beside the
// calls; Close ends that.
//
// It refuses what AWS refuses, as far as AWS documents it. What AWS has and it
// has not (a parameter, a filter, an action) it refuses too, rather than
// ignore it. Credentials must be present, and those of an assumed role must be
// ones it gave out; signatures, their times and expiry are not verified. It
// keeps no quotas but the rules of a security group, and throttles nobody: put
// cloudtest.Proxy before it for faults.
//
// The files: awsfake.go, place.go and clock.go are what it holds; request.go,
// params.go, answer.go and errors.go speak the protocols; actions.go lists the
// actions; describe.go and page.go are what the reading ones share; every other
// file is one kind of resource with its actions.
package awsfake

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Options say how a Fake behaves. The zero value is of use.
type Options struct {
	// Account is the one that credentials belong to unless they are an assumed
	// role's; twelve digits, 123456789012 if empty.
	Account string

	// Now is the clock; time.Now if nil.
	Now func() time.Time

	// Lag makes reading actions (Describe…, Get…) answer as things were that
	// long ago, like AWS before its writes have come everywhere.
	Lag time.Duration

	// Transit is how long an instance of an Auto Scaling group is Pending when
	// it leaves standby, and the least that it is EnteringStandby.
	Transit time.Duration

	// Execute is what agents of Systems Manager run commands with. Without it
	// no agent takes any.
	Execute Executor
}

// Fake is the API of some accounts in some regions. It is an http.Handler, and
// may be used by many goroutines.
type Fake struct {
	options Options

	mu       sync.Mutex
	places   map[[2]string]*Place // by account and region
	roles    map[string]string    // ARN → external id that it asks for, or ""
	sessions map[string]session   // by access key
	denied   map[string]bool      // actions
	calls    []Call
	last     int                           // the number of the last id given out
	running  map[string]context.CancelFunc // commands of agents, by id
	agents   sync.WaitGroup                // of those that run
}

// Call is one API call that came in, refused ones included.
type Call struct {
	Action  string // as an IAM policy names it: "ec2:DescribeInstances"
	Account string
	Region  string
	Time    time.Time
	Params  map[string]string // as on the wire: "Filter.1.Name"; for JSON "body"
	Error   string            // AWS's code; empty if it succeeded
}

// New makes an empty AWS.
func New(o Options) *Fake {
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Fake{
		options: o, places: map[[2]string]*Place{}, roles: map[string]string{},
		sessions: map[string]session{}, denied: map[string]bool{},
		running: map[string]context.CancelFunc{},
	}
}

// Place returns one account in one region; the default account if empty.
func (f *Fake) Place(account, region string) *Place {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.place(account, region)
}

func (f *Fake) place(account, region string) *Place {
	if account == "" {
		account = f.options.Account
	}
	at := [2]string{account, region}
	if f.places[at] == nil {
		f.places[at] = &Place{fake: f, account: account, region: region, versions: []version{{state: newState()}}}
	}
	return f.places[at]
}

// AddRole makes a role that may be assumed, by its ARN; the external id is
// asked for unless empty.
func (f *Fake) AddRole(arn, externalID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.roles[arn] = externalID
}

// Deny refuses actions ("ec2:DescribeInstances") to everybody, as IAM does.
func (f *Fake) Deny(actions ...string) { f.permit(false, actions) }

// Allow takes Deny back.
func (f *Fake) Allow(actions ...string) { f.permit(true, actions) }

func (f *Fake) permit(allowed bool, names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		if actions[name] == nil {
			panic(fmt.Sprintf("awsfake: %q is no action that it has", name))
		}
		f.denied[name] = !allowed
	}
}

// SetLag changes Options.Lag.
func (f *Fake) SetLag(lag time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.options.Lag = lag
}

// maxCalls bounds what Calls remembers.
const maxCalls = 100_000

// Calls returns what came in, in order; of very many the last 50,000 at least.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Count returns how many calls of an action came in.
func (f *Fake) Count(action string) (n int) {
	for _, c := range f.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// id gives out an id as EC2 writes them: a prefix and 17 hexadecimal digits.
func (f *Fake) id(prefix string) string {
	f.last++
	return fmt.Sprintf("%s-%017x", prefix, f.last)
}

// number gives out the end of an ARN, 16 hexadecimal digits.
func (f *Fake) number() string {
	f.last++
	return fmt.Sprintf("%016x", f.last)
}
