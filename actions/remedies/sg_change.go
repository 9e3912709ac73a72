package remedies

import (
	"slices"
	"time"

	"hardenbot/actions"
)

// callLimit bounds one call of the provider's API, with its retries and with
// reading back what it did.
const callLimit = 2 * time.Minute

// change returns the calls as steps: first whoever is to stay is let in, then
// the rules go. The subject is that of the finding.
func (n *narrowing) change(subject string) actions.Change {
	c := actions.Change{Notes: n.notes(subject), Others: n.others()}
	for _, call := range n.lets {
		c.Steps = append(c.Steps, n.letStep(call))
	}
	for _, call := range n.takes {
		c.Steps = append(c.Steps, n.takeStep(call))
	}
	if c.Lockout() {
		c.Guards = []actions.Need{
			{Guard: "key-login"}, {Guard: "second-way-in"},
			{Guard: "not-our-own-door", Args: map[string]string{"closes": "ssh-port"}},
		}
	}
	c.Guards = append(c.Guards, actions.Need{Guard: "peers-admitted"})
	return c
}

// letStep authorizes a rule. It is undone by content: its id is not known yet.
func (n *narrowing) letStep(call actions.Call) actions.Step {
	undo := call
	undo.Action = actions.RevokeIngress
	what := call.Rule.Who() + " to " + call.Rule.Ports() + " by security group " + n.group(call.Rule.Group).Words()
	return actions.Step{
		Says: "Let in " + what, Call: &call,
		UndoSays: "No longer let in " + what, UndoCall: &undo,
		Timeout: callLimit,
	}
}

// takeStep revokes a rule by its id. Undone, it has another id and is the same
// otherwise.
func (n *narrowing) takeStep(call actions.Call) actions.Step {
	undo, again := call, unnamed(*call.Rule)
	undo.Action, undo.Rule = actions.AuthorizeIngress, &again
	group := n.group(call.Rule.Group)
	return actions.Step{
		Says: "Revoke the rule " + call.Rule.Words(group), Call: &call,
		UndoSays: "Let in " + again.Who() + " to " + again.Ports() + " by security group " + group.Words() + " again, by a rule with another id",
		UndoCall: &undo,
		Lockout:  coversSSH(n.before, *call.Rule),
		Timeout:  callLimit,
	}
}

// coversSSH reports whether people log in through the rule.
func coversSSH(f *actions.Facts, r actions.IngressRule) bool {
	return slices.ContainsFunc(loginPorts(f), func(port int) bool { return r.Covers("tcp", port) })
}

func (n *narrowing) group(id string) actions.SecurityGroup {
	for _, r := range n.gone {
		if r.group.ID == id {
			return r.group
		}
	}
	return actions.SecurityGroup{ID: id}
}

// others returns who else is served by the groups whose rules change.
func (n *narrowing) others() []string {
	var all []string
	for _, r := range n.gone {
		all = append(all, r.group.Users...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// notes says what people should know, a sentence each.
func (n *narrowing) notes(subject string) []string {
	notes := []string{"open connections may go on until they end, because security groups remember them; new ones are judged by the new rules"}
	if !n.before.Host.Declared.Networks.Named() && n.asked() {
		notes = append(notes, "the configuration names no internal networks, so the private ranges are taken "+
			"(10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7)")
	}
	notes = append(notes, n.homeNotes()...)
	for _, r := range n.gone {
		notes = append(notes, r.notes()...)
		notes = append(notes, n.closesToo(r.rule, subject)...)
	}
	return notes
}

// asked reports whether it mattered which networks are internal.
func (n *narrowing) asked() bool {
	return slices.ContainsFunc(n.gone, func(r replaced) bool { return r.rule.Outsiders(n.before.Host.Declared) })
}

func (r replaced) notes() []string {
	var notes []string
	if len(r.by) == 0 {
		notes = append(notes, "nobody is let in instead of "+r.rule.Who()+" by the rule "+r.rule.ID)
	}
	everything := func(by actions.IngressRule) bool { return by.Everything() }
	if r.rule.Everything() {
		says := "the rule " + r.rule.ID + " let in every protocol: beside TCP and UDP only ICMP stays, and of UDP only what the host listens on stays open to whom it let in"
		if slices.ContainsFunc(r.by, everything) {
			says += "; internal networks keep all"
		}
		notes = append(notes, says+" (a VPN may need ESP or GRE)")
	}
	if stack := r.rule.Tags["aws:cloudformation:stack-name"]; stack != "" {
		notes = append(notes, "the rule "+r.rule.ID+" was made by the CloudFormation stack "+actions.Line(stack, 200)+
			", which may bring it back: change it there, too")
	}
	return notes
}
