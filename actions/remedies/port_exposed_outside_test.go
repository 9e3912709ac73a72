package remedies_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/guards"
	"hardenbot/actions/remedies"
)

// outside is what a vantage may tell of the public address of web-1.
var outside = map[string]func(*actions.Facts){
	"nothing tried": func(*actions.Facts) {},
	"accepted":      func(f *actions.Facts) { f.Outside = attempts(f, true) },
	"not accepted":  func(f *actions.Facts) { f.Outside = attempts(f, false) },
	"vantage down": func(f *actions.Facts) {
		f.Absent = map[actions.Section]string{actions.SectionOutside: "relay-1 could not be reached"}
	},
}

func attempts(f *actions.Facts, open bool) []actions.Tried {
	var all []actions.Tried
	for _, l := range f.Listeners {
		all = append(all, actions.Tried{From: "relay-1", Address: "203.0.113.11", Port: l.Port, Open: open})
	}
	return all
}

func TestPortExposedSaysWhatWasTried(t *testing.T) {
	const (
		inCloud = "this is concluded from the host's addresses, security groups, network ACLs and routes, and "
		outside = "this is concluded from the host's addresses, and "
		to      = "a connection from relay-1 to 203.0.113.11:5432 was accepted"
		none    = "no connection from relay-1 to 203.0.113.11:5432 was accepted: "
	)
	tried := func(open ...bool) []actions.Tried {
		var all []actions.Tried
		for i, o := range open {
			all = append(all, actions.Tried{From: "relay-1", Address: []string{"203.0.113.11", "2001:db8::b"}[i], Port: 5432, Open: o})
		}
		return all
	}
	for _, c := range []struct {
		name   string
		source string // whom the group lets in; none: there is no cloud
		tried  []actions.Tried
		absent string
		want   string
	}{
		{"accepted", "0.0.0.0/0", tried(true), "", to},
		{"accepted, without a cloud", "", tried(true), "", to},
		{"one of two accepted", "0.0.0.0/0", tried(false, true), "", "a connection from relay-1 to [2001:db8::b]:5432 was accepted"},
		{"not accepted", "0.0.0.0/0", tried(false), "", inCloud + none + "something that is not known here closes it, or the way from relay-1"},
		{"two not accepted", "0.0.0.0/0", tried(false, false), "", inCloud + "no connection from relay-1 to 203.0.113.11:5432 and [2001:db8::b]:5432 was accepted: something that is not known here closes it, or the way from relay-1"},
		{"not accepted, without a cloud", "", tried(false), "", outside + none + "something that is not known here closes it, or the way from relay-1"},
		{"not accepted of some", "8.8.8.0/24", tried(false), "", inCloud + none + "relay-1 is not among those that are let in, or something that is not known here closes it"},
		{"vantage down", "0.0.0.0/0", nil, "relay-1 could not be reached", inCloud + "was not tried from outside: relay-1 could not be reached"},
		{"vantage down, without a cloud", "", nil, "relay-1 could not be reached", outside + "was not tried from outside: relay-1 could not be reached"},
		{"no vantage", "0.0.0.0/0", nil, "", inCloud + "was not tried from outside"},
		{"no vantage, without a cloud", "", nil, "", "this is concluded from the host's addresses and was not tried from outside; a security group may still close it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			if c.source != "" {
				f = soundInCloud()
				f.Cloud.Interfaces[0].Groups[0].Rules = []actions.IngressRule{from(c.source)}
			}
			f.Listeners = []actions.Listener{{Proto: "tcp", Address: "*", Port: 5432}}
			f.Outside = c.tried
			if c.absent != "" {
				f.Absent = map[actions.Section]string{actions.SectionOutside: c.absent}
			}
			says := strings.Split(evidence(t, "port-exposed", f), "\n")
			at := slices.Index(says, c.want)
			if at < 0 {
				t.Fatalf("does not say %q:\n%s", c.want, strings.Join(says, "\n"))
			}
			because := slices.IndexFunc(says, func(s string) bool { return strings.HasPrefix(s, "reachable because") })
			if seen := len(c.tried) > 0; because < 0 || seen != (at < because) {
				t.Errorf("what was seen does not come first, or what was not does:\n%s", strings.Join(says, "\n"))
			}
		})
	}
}

// TestOutsideIsNoDrift: what a vantage tells differs from one minute to the
// next. It changes neither which findings there are nor what is done about them.
func TestOutsideIsNoDrift(t *testing.T) {
	for _, facts := range []func() *actions.Facts{brokenInCloud, actionstest.Broken, soundInCloud} {
		for _, remedy := range remedies.All() {
			for name, tells := range outside {
				f, told := facts(), facts()
				tells(told)
				found, again := actions.Examine(f, []actions.Remedy{remedy}), actions.Examine(told, []actions.Remedy{remedy})
				if len(found) != len(again) {
					t.Fatalf("%s, %s: %d findings, and %d", remedy.ID, name, len(found), len(again))
				}
				for i := range found {
					one, other := found[i], again[i]
					one.Evidence, other.Evidence = nil, nil
					if actions.Digest(one) != actions.Digest(other) {
						t.Errorf("%s, %s: finds %+v, and %+v", remedy.ID, name, one, other)
					}
					if remedy.Plan != nil && derived(f, remedy, one) != derived(told, remedy, one) {
						t.Errorf("%s, %s: another change for %s", remedy.ID, name, one.Subject)
					}
				}
			}
		}
	}
}

// derived is the digest of the change, or why there is none.
func derived(f *actions.Facts, remedy actions.Remedy, finding actions.Finding) string {
	change, _, err := actions.Derive(f, remedy, finding.Subject)
	if err != nil {
		return err.Error()
	}
	return change.Digest()
}

// fickle is a vantage that tells something else each time, and a fleet before it.
type fickle struct {
	*actionstest.Fleet
	vantage *actions.Vantage
	asked   int
}

func (f *fickle) Collect(ctx context.Context, h actions.Host) (*actions.Facts, error) {
	return f.vantage.Collect(ctx, h)
}

func (f *fickle) Try(_ context.Context, _ actions.Host, addresses []string) (map[string]bool, error) {
	f.asked++
	if f.asked%3 == 0 {
		return nil, errors.New("relay-1 could not be reached")
	}
	all := map[string]bool{}
	for _, a := range addresses {
		all[a] = f.asked%3 == 1
	}
	return all, nil
}

func (f *fickle) Select(context.Context, string) ([]actions.Host, error) {
	return []actions.Host{{Name: "relay-1", Address: "198.51.100.1", Public: true}}, nil
}

// TestRolloutWithAFickleVantage goes all the way: the plan is made while the
// port was connected to, the host is probed while it was not, and the result is
// checked while the vantage is down.
func TestRolloutWithAFickleVantage(t *testing.T) {
	f := &fickle{Fleet: actionstest.NewFleet("web-1")}
	f.vantage = actions.NewVantage(f.Fleet, f, f, "relay-1")
	facts := soundInCloud()
	facts.Listeners = append(facts.Listeners, actions.Listener{Proto: "tcp", Address: "*", Port: 5432, Process: "postgres"})
	open(facts, actions.IngressRule{ID: "sgr-0bad", Group: facts.Cloud.Interfaces[0].Groups[0].ID, Proto: "tcp", From: 5432, To: 5432, CIDR: "0.0.0.0/0"})
	f.Host("web-1").Facts = *facts
	run := rollOut(t, f, "port-exposed", "5432/tcp")
	if run.State != actions.RunDone || run.Hosts[0].State != actions.Done {
		t.Errorf("the run is %s: %+v", run.State, run.Hosts)
	}
	if f.asked < 3 {
		t.Errorf("the vantage was asked %d times: for the plan, the probe and the check", f.asked)
	}
}

// rollOut plans, approves and runs, with guards that always agree.
func rollOut(t *testing.T, fleet *fickle, remedy, subject string) actions.Run {
	t.Helper()
	alice, bob := actions.Person{ID: "U0ALICE"}, actions.Person{ID: "U0BOB"}
	ledger, agreed := actionstest.NewLedger(), guards.All()
	for i := range agreed {
		agreed[i].Ask = func(context.Context, actions.Question) actions.Answer { return actions.Allow("so it is") }
	}
	policy := actions.Policy{
		Channels:   map[string][]string{"C0SEC": {"*"}},
		Requesters: []string{alice.ID}, Approvers: []string{bob.ID}, Approvals: 1, ApprovalTTL: time.Hour,
	}
	planner := actions.Planner{Fleet: fleet, Catalogue: remedies.All(), Guards: agreed, Ledger: ledger, Policy: policy, Now: time.Now}
	plan, err := planner.Plan(t.Context(), actions.PlanRequest{
		Remedy: remedy, Subject: subject, Hosts: []actions.Host{fleet.Host("web-1").Facts.Host}, Requester: alice, Channel: "C0SEC",
	})
	if err != nil || len(plan.Hosts) != 1 {
		t.Fatalf("no plan: %v, %+v", err, plan.Excluded)
	}
	approver := actions.Approver{Ledger: ledger, Policy: policy, Now: time.Now}
	plan, _, err = approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if err != nil {
		t.Fatal(err)
	}
	roller := actions.Roller{
		Fleet: fleet, Provider: fleet, Catalogue: remedies.All(), Guards: agreed, Ledger: ledger,
		ProofTime: time.Minute, Now: time.Now,
	}
	run, err := roller.Execute(t.Context(), plan.RunID)
	if err != nil {
		t.Fatal(err)
	}
	return run
}
