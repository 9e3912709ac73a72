// Package guards makes sure, before a host is changed, that the change neither
// locks anybody out nor runs into something that is under way.
//
// In comes a question (actions.Question): the fresh facts of one host, the
// change, and a way to see for oneself. Out goes an answer: what is so in one
// sentence and, where it refuses, how to mend that. Guards only read. What
// cannot be checked is refused.
package guards

import (
	"context"
	"strings"
	"unicode"

	"hardenbot/actions"
)

// All returns every guard that a remedy may name.
func All() []actions.Guard {
	return []actions.Guard{
		keyLogin,
		nobodyLeftBehind,
		notOurOwnDoor,
		secondWayIn,
		peersAdmitted,
		sshdAsRunning,
		sshdValid,
		dpkgFree,
		aptExact,
		bootsAgain,
		unchangedSince,
	}
}

// needs answers for the first of the sections that is missing: what cannot be
// checked is refused.
func needs(f *actions.Facts, sections ...actions.Section) (actions.Answer, bool) {
	section, why, missing := f.Missing(sections...)
	if !missing {
		return actions.Answer{}, false
	}
	return actions.Refuse("this could not be checked, because "+string(section)+" could not be read: "+why,
		"make that readable for hardenbot and ask again"), true
}

// look runs a read-only script on the host. Its error is a refusal.
func look(ctx context.Context, q actions.Question, body string) (actions.Output, *actions.Answer) {
	out, err := q.Fleet.Run(ctx, q.Facts.Host, actions.Script{Body: body})
	if err != nil {
		a := actions.Refuse("this could not be checked: "+err.Error(), "make the host reachable and ask again")
		return out, &a
	}
	if out.Exit != 0 {
		a := actions.Refuse("this could not be checked: "+said(out.Stderr), "mend that on the host and ask again")
		return out, &a
	}
	return out, nil
}

// said makes what a host printed fit for one sentence: one line, printable,
// at most 300 characters.
func said(text string) string {
	line := strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if line == "" {
		return "it did not say why"
	}
	if r := []rune(line); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return line
}

// listed joins names: "alice", "alice and bob", "alice, bob and carol".
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
