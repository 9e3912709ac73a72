package bot

import (
	"strings"
	"time"

	"hardenbot/actions"
)

// What the messages of the tests are about.

func remedies() []actions.Remedy {
	plan := func(*actions.Facts, actions.Finding) (actions.Change, error) { return actions.Change{}, nil }
	return []actions.Remedy{
		{ID: "db-open-bind", Title: "A database can be reached from the internet", Why: "Whoever can connect can guess passwords.", Layer: actions.Exposed, ReportOnly: "who uses it is not known here"},
		{ID: "ssh-password-auth", Title: "sshd accepts passwords", Why: "Passwords can be guessed.", Layer: actions.Access, Plan: plan, References: []string{"CIS Debian 12 5.1.20", "Mozilla OpenSSH guidelines"}},
		{ID: "fail2ban", Title: "fail2ban is absent", Why: "Nobody stops those who try.", Layer: actions.Prevention, Plan: plan},
	}
}

func someScan() actions.Scan {
	scan := actions.Scan{ID: "S-1", Pattern: "web-*", Channel: "C1", Started: noon, Hosts: []actions.HostScan{
		{Name: "web-1", Status: actions.Scanned}, {Name: "web-2", Status: actions.Scanned},
		{Name: "web-3", Status: actions.Unreachable, Error: "web-3 could not be reached: connection refused"},
		{Name: "web-4", Status: actions.Partial, Error: "could not read firewall: nft is not allowed by sudo"},
	}}
	add := func(remedy, host, subject, title string, status actions.Status, layer actions.Layer, evidence ...string) {
		scan.Findings = append(scan.Findings, actions.Finding{
			ID: actions.FindingID(remedy, host, subject), Remedy: remedy, Host: host, Subject: subject, Title: title,
			Status: status, Layer: layer, Evidence: evidence,
		})
	}
	add("db-open-bind", "web-1", "3306/tcp", "3306/tcp (mysqld) can be reached from the internet", actions.Open, actions.Exposed, "mysqld listens on 0.0.0.0:3306", "the host is public")
	for _, host := range []string{"web-1", "web-2", "web-4"} {
		add("ssh-password-auth", host, "", "sshd accepts passwords", actions.Open, actions.Access, "PasswordAuthentication is yes")
	}
	add("fail2ban", "web-2", "", "fail2ban is absent", actions.Open, actions.Prevention, "the banner is `*evil* <!channel> & @here :+1:`")
	add("fail2ban", "web-4", "", "fail2ban is absent", actions.NotChecked, actions.Prevention, "not checked: fail2ban could not be read: took too long")
	actions.Prioritise(scan.Findings)
	return scan
}

// sharedPlan changes a security group that others have, too.
func sharedPlan() actions.Plan {
	plan := somePlan()
	rule := &actions.IngressRule{ID: "sgr-1", Group: "sg-1", Proto: "tcp", From: 3306, To: 3306, CIDR: "0.0.0.0/0", Description: "by `hand`"}
	again := *rule
	again.ID = ""
	plan.Hosts, plan.Excluded = plan.Hosts[:1], nil
	plan.Hosts[0].Change.Steps = []actions.Step{{
		Says: "Revoke sgr-1", UndoSays: "Authorize it again",
		Call:     &actions.Call{Action: actions.RevokeIngress, Region: "eu-west-1", Rule: rule},
		UndoCall: &actions.Call{Action: actions.AuthorizeIngress, Region: "eu-west-1", Rule: &again},
	}}
	plan.Others = []string{"eni-1 (db-1)", "eni-2 (`*evil*`)", "load balancer app", "sg-9 (batch)"}
	return plan
}

func somePlan() actions.Plan {
	plan := actions.Plan{
		ID: "P-7g2kd0xw", Remedy: "ssh-password-auth", Title: "sshd accepts passwords", Channel: "C1",
		Requester: actions.Person{ID: "U0ALICE", Name: "alice"}, Created: noon, Expires: noon.Add(time.Hour),
		Approvals: 1, State: actions.PlanWaiting, Prelude: strings.Repeat("cd34", 16), Digest: strings.Repeat("ab12", 16),
		Rollout: actions.Rollout{
			Canary: 1, MaxUnavailable: actions.Share{Percent: 25}, MinHealthy: actions.Share{Percent: 75},
			Soak: 5 * time.Minute, InARow: 3, HealthyWithin: 2 * time.Minute,
		},
		Excluded: []actions.Exclusion{
			{Host: "web-3", Why: "web-3 could not be reached: connection refused"},
			{Host: "web-4", Why: "no", Answers: []actions.Answer{
				{Guard: "nobody-left-behind", Says: "carol logs in by password and has no key", Mend: "give carol a key, or take her account away"},
			}},
		},
	}
	for _, host := range []string{"web-1", "web-2"} {
		plan.Hosts = append(plan.Hosts, actions.HostPlan{
			Host: actions.Host{Name: host},
			Change: actions.Change{
				Host: host, Notes: []string{"People who log in by password need a key first."},
				Steps: []actions.Step{
					{Says: "Turn passwords off in sshd", Do: "dropin=/etc/ssh/sshd_config.d/00-x.conf\nkeep \"$dropin\"\nput \"$dropin\" 0644 <<'CONF'\nPasswordAuthentication no\nCONF\n", Undo: "restore /etc/ssh/sshd_config.d/00-x.conf\n", UndoSays: "Put sshd's settings back", Lockout: true},
					{Says: "Reload sshd", Do: "reload_sshd\n", Undo: "reload_sshd\n", UndoSays: "Reload sshd", Disruptive: host == "web-2"},
				},
			},
			Answers: []actions.Answer{{Guard: "key-login", OK: true, Says: "a new login by key worked"}},
		})
	}
	return plan
}

func someRun(state actions.RunState) actions.Run {
	return actions.Run{
		ID: "R-8h3md1yz", Plan: "P-7g2kd0xw", State: state, Started: noon, Finished: noon.Add(10 * time.Minute),
		Hosts: []actions.HostRun{
			{Host: "web-1", State: actions.Done, Began: noon, Since: noon.Add(2 * time.Minute)},
			{Host: "web-2", State: actions.Armed, Doing: actions.Applied, Began: noon.Add(2 * time.Minute), Since: noon.Add(150 * time.Second), Until: noon.Add(5 * time.Minute)},
			{Host: "web-3", State: actions.Queued, Since: noon},
		},
	}
}
