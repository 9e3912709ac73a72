package actions_test

import (
	"time"

	"hardenbot/actions"
)

func (p *daemon) policy() actions.Policy {
	return actions.Policy{Requesters: []string{alice.ID}, Approvers: []string{bob.ID}, Approvals: 1, ApprovalTTL: time.Hour}
}

func (p *daemon) approver() actions.Approver {
	return actions.Approver{Ledger: book{p}, Policy: p.policy(), Now: time.Now}
}

func (p *daemon) roller() actions.Roller {
	r := actions.Roller{
		Fleet: p, Catalogue: []actions.Remedy{p.remedy}, Guards: []actions.Guard{guard()}, Prelude: "p1",
		Ledger: book{p}, Provider: p, ProofTime: time.Minute, Now: time.Now,
	}
	if p.Balanced {
		r.Rotation = lb{p}
	}
	return r
}

// approved plans for the hosts and has bob approve. It returns the id of the
// run, or "" if none begins.
func (p *daemon) approved(hosts []actions.Host) string {
	planner := actions.Planner{
		Fleet: p, Catalogue: []actions.Remedy{p.remedy}, Guards: []actions.Guard{guard()}, Prelude: "p1",
		Ledger: book{p}, Policy: p.policy(), Parallel: len(hosts), Now: time.Now, Rollout: p.Rollout,
	}
	plan, err := planner.Plan(p.ctx, actions.PlanRequest{Remedy: p.remedy.ID, Hosts: hosts, Requester: alice, Channel: "C0SEC"})
	if err != nil || plan.State != actions.PlanWaiting {
		return ""
	}
	plan, started, err := p.approver().Decide(p.ctx, plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if err != nil || !started {
		return ""
	}
	return plan.RunID
}
