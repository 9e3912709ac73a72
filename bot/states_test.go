package bot

import (
	"fmt"
	"slices"
	"time"

	"hardenbot/actions"
)

// The scans, plans and runs of the golden files, in the states that they can be in.

func waivedScan() actions.Scan {
	scan := someScan()
	for i := range scan.Findings {
		f := &scan.Findings[i]
		if f.Remedy == "ssh-password-auth" && f.Host != "web-4" {
			f.Status, f.Waiver = actions.Waived, &actions.WaivedBy{ID: "W-1", Owner: actions.Person{ID: "U0CAROL"}, Until: noon.AddDate(0, 1, 0)}
		}
	}
	actions.Prioritise(scan.Findings)
	return scan
}

func doubtfulScan() actions.Scan {
	return actions.Scan{Pattern: "*", Hosts: []actions.HostScan{{Name: "db-1", Status: actions.Scanned}}, Doubts: []string{
		"the EC2 inventory is 17m0s old and could not be read again: AWS refuses `ec2:DescribeInstances` <!channel>", "1 host that the pattern names does not run and was left out",
		"at least 2 instances of EC2 could not be made hosts and may be missing: `hardenbot config check` names them",
	}}
}

// planAs is somePlan after what brings it into the state.
func planAs(state actions.PlanState) actions.Plan {
	plan := somePlan()
	plan.State = state
	bob, alice := actions.Person{ID: "U0BOB"}, plan.Requester
	switch state {
	case actions.PlanApproved:
		plan.Decided, plan.RunID = []actions.Decision{{Who: bob, At: noon, Yes: true}}, "R-8h3md1yz"
	case actions.PlanDenied:
		plan.Decided = []actions.Decision{{Who: bob, At: noon, Reason: "not on a *Friday*"}}
	case actions.PlanWithdrawn:
		plan.Decided = []actions.Decision{{Who: alice, At: noon}}
	case actions.PlanRefused:
		plan.Hosts = nil
	}
	return plan
}

func halfApproved() actions.Plan {
	plan := planAs(actions.PlanApproved)
	plan.State, plan.Approvals, plan.RunID = actions.PlanWaiting, 2, ""
	return plan
}

// lapsed is half approved by somebody who is an approver no more.
func lapsed() actions.Plan {
	plan := halfApproved()
	plan.Decided = slices.Clone(plan.Decided)
	plan.Decided[0].Lapsed = true
	return plan
}

// largePlan is somePlan for so many hosts.
func largePlan(n int) actions.Plan {
	plan := somePlan()
	first := plan.Hosts[0]
	plan.Hosts = nil
	for i := range n {
		hp := first
		hp.Host.Name = fmt.Sprint("web-", i+1)
		plan.Hosts = append(plan.Hosts, hp)
	}
	return plan
}

func doneRun() actions.Run {
	run := someRun(actions.RunDone)
	run.Hosts = run.Hosts[:2]
	run.Hosts[1] = actions.HostRun{Host: "web-2", State: actions.AlreadySound, Why: "web-2: nothing to mend", Began: noon, Since: noon.Add(time.Minute)}
	return run
}

func stoppedRun() actions.Run {
	run := someRun(actions.RunStopped)
	run.Why = "web-2: undone"
	run.Hosts[1] = actions.HostRun{
		Host: "web-2", State: actions.Undone, Why: "this step failed with exit status 1: Reload sshd: line 3 is bad; it was put back as it was",
		Began: noon.Add(2 * time.Minute), Since: noon.Add(4 * time.Minute),
		Steps: []actions.StepRun{{Says: "Turn passwords off in sshd"}, {Says: "Reload sshd", Exit: 1, Tail: "sshd: *line 2* <!channel>\nsshd: line 3 is bad"}},
	}
	run.Hosts[2] = actions.HostRun{Host: "web-3", State: actions.Untouched, Why: "the run stopped before it"}
	return run
}

func recoveredRun() actions.Run {
	run := someRun(actions.RunStopped)
	run.Why = "hardenbot was interrupted during the run"
	run.Hosts = []actions.HostRun{{Host: "web-1", State: actions.Done, Why: "finished after hardenbot was interrupted"}, {Host: "web-2", State: actions.AlreadySound}}
	return run
}

// brokenDown is a run that left hosts that somebody has to look at.
func brokenDown() actions.Run {
	run := stoppedRun()
	run.Hosts = []actions.HostRun{
		{Host: "web-1", State: actions.Done}, {Host: "web-2", State: actions.Failed, Why: "the undo failed too", Since: noon},
		{
			Host: "web-3", State: actions.Outside, Why: "it is not healthy after the change; it is out of rotation (app as i-1:8080)",
			Seats: []actions.Seat{{Group: "app", Target: "i-1:8080"}},
		},
	}
	return run
}

// largeRun has hosts in every state.
func largeRun(n int) actions.Run {
	run := someRun(actions.RunGoing)
	one := run.Hosts
	run.Hosts = nil
	for i := range n {
		h := one[min(2, i*3/n)]
		if h.Doing != "" && i%40 != 0 {
			h = actions.HostRun{State: actions.Lost, Why: "no answer", Began: noon, Since: noon}
		}
		h.Host = fmt.Sprint("web-", i+1)
		run.Hosts = append(run.Hosts, h)
	}
	return run
}
