package bot

import (
	"slices"
	"strings"

	"hardenbot/actions"
)

// What a plan does, in sentences: a line for each thing to say, and hosts with
// the same to say together.

// same gathers what holds for the hosts of a plan. Who it holds for is named
// where that is not all of them.
func same(plan actions.Plan, lines func(actions.HostPlan) []string) []string {
	type line struct{ text, host string }
	var all []line
	for _, h := range plan.Hosts {
		for _, text := range lines(h) {
			all = append(all, line{text, h.Host.Name})
		}
	}
	texts, who := fold(all, func(l line) string { return l.text }, func(l line) string { return l.host })
	for i := range texts {
		if len(who[i]) < len(plan.Hosts) {
			texts[i] += " (" + names(who[i], 4) + ")"
		}
		texts[i] = "• " + texts[i]
	}
	return texts
}

func notes(h actions.HostPlan) []string {
	return mapped(h.Change.Notes, func(note string) string { return words(note, 500) })
}

func steps(h actions.HostPlan) []string {
	return mapped(h.Change.Steps, func(s actions.Step) string { return words(s.Says, 400) + marks(s) })
}

func undos(h actions.HostPlan) []string {
	return mapped(h.Change.Steps, func(s actions.Step) string {
		switch {
		case s.Irreversible || s.Undo == "" && s.UndoCall == nil:
			return "Not undone: " + words(s.Says, 300)
		case s.UndoSays == "":
			return "By the commands below: " + words(s.Says, 300)
		}
		return words(s.UndoSays, 400)
	})
}

func answers(h actions.HostPlan) []string {
	return mapped(h.Answers, guardLine)
}

func guardLine(a actions.Answer) string {
	if a.OK {
		return "✓ " + words(a.Guard, 60) + ": " + words(a.Says, 300)
	}
	return "✗ " + words(a.Guard, 60) + " refuses: " + words(a.Says, 300) + ". To mend it: " + words(a.Mend, 300)
}

func marks(s actions.Step) string {
	var m []string
	if s.Lockout {
		m = append(m, "could lock people out")
	}
	if s.Disruptive {
		m = append(m, "interrupts a service")
	}
	if s.Irreversible {
		m = append(m, "cannot be undone")
	}
	if len(m) == 0 {
		return ""
	}
	return " – " + strings.Join(m, ", ")
}

func exclusions(plan actions.Plan) []string {
	texts, who := fold(plan.Excluded,
		func(e actions.Exclusion) string {
			if no := actions.Refusals(e.Answers); len(no) > 0 {
				return strings.Join(mapped(no, guardLine), "; ")
			}
			return words(e.Why, 300)
		},
		func(e actions.Exclusion) string { return e.Host })
	return withHosts(texts, who)
}

func mapped[T any](all []T, text func(T) string) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = text(v)
	}
	return out
}

// risk names what can go wrong, worst first.
func risk(plan actions.Plan) string {
	has := func(is func(actions.Change) bool) bool {
		for _, h := range plan.Hosts {
			if is(h.Change) {
				return true
			}
		}
		return false
	}
	var risks []string
	switch {
	case has(closesByCall):
		risks = append(risks, "could lock people out (hardenbot puts it back unless a new login works; the host itself cannot)")
	case has(actions.Change.Lockout):
		risks = append(risks, "could lock people out (put back unless a new login works)")
	}
	if has(actions.Change.Disruptive) {
		risks = append(risks, "interrupts a service")
	}
	if has(actions.Change.Irreversible) {
		risks = append(risks, "cannot be undone")
	}
	if len(risks) == 0 {
		return "low: nothing is interrupted, and all of it can be undone"
	}
	return strings.Join(risks, "; ")
}

// closesByCall reports whether a call could lock people out: no dead-man switch
// takes that back while hardenbot is down.
func closesByCall(c actions.Change) bool {
	return slices.ContainsFunc(c.Steps, func(s actions.Step) bool { return s.Lockout && s.Call != nil })
}
