package acceptance

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// happening is a call of AWS or an entry of the audit trail.
type happening struct {
	at   time.Time
	what string
}

// happened tells what came about since then, the calls that change something
// and the steps on the hosts in one order: "out web-1", "step Upgrade web-1".
// The bot has to have ended.
func (a *account) happened(w *world, since time.Time) []happening {
	w.Helper()
	all := slices.Concat(a.turns(), w.steps())
	all = slices.DeleteFunc(all, func(h happening) bool { return h.at.Before(since) })
	slices.SortStableFunc(all, func(a, b happening) int { return a.at.Compare(b.at) })
	return all
}

// turns is the calls by which hosts leave and come back.
func (a *account) turns() []happening {
	names := map[string]string{"": ""}
	for name, id := range a.instances {
		names[id] = name
	}
	does := map[string]string{
		"autoscaling:EnterStandby": "standby ", "autoscaling:ExitStandby": "in service ",
		"elasticloadbalancing:DeregisterTargets": "out ", "elasticloadbalancing:RegisterTargets": "in ",
	}
	var all []happening
	for _, c := range a.proxy.Calls() {
		if says, ok := does[c.Action]; ok {
			all = append(all, happening{c.At, says + names[c.Form.Get("Targets.member.1.Id")+c.Form.Get("InstanceIds.member.1")]})
		}
	}
	return all
}

// steps is what the audit trail has about what was done on the hosts.
func (w *world) steps() []happening {
	w.Helper()
	out, status := w.cli("audit", "list", "--format", "json")
	if status != 0 {
		w.Fatalf("audit list ends with status %d", status)
	}
	var all []happening
	for dec := json.NewDecoder(strings.NewReader(out)); dec.More(); {
		var e struct {
			At           time.Time
			Action, Host string
			Detail       map[string]string
		}
		w.must(dec.Decode(&e))
		switch verb, _, _ := strings.Cut(e.Detail["says"], " "); e.Action {
		case "step.begun":
			all = append(all, happening{e.At, "step " + verb + " " + e.Host})
		case "host.drained", "host.healthy", "host.in rotation", "host.done":
			all = append(all, happening{e.At, strings.TrimPrefix(e.Action, "host.") + " " + e.Host})
		}
	}
	return all
}

// looks counts how often the bot looked at the targets between two happenings.
func (a *account) looks(all []happening, first, last string) int {
	a.Helper()
	at := func(what string) time.Time {
		i := slices.IndexFunc(all, func(h happening) bool { return h.what == what })
		if i < 0 {
			a.Fatalf("%q did not happen: %v", what, words(all))
		}
		return all[i].at
	}
	from, to, n := at(first), at(last), 0
	for _, c := range a.proxy.Calls() {
		if c.Action == "elasticloadbalancing:DescribeTargetHealth" && c.At.After(from) && c.At.Before(to) {
			n++
		}
	}
	return n
}

func words(all []happening) []string {
	var words []string
	for _, h := range all {
		words = append(words, h.what)
	}
	return words
}
