package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// fixByWords plans a fix as the button does, by the newest scan of each host. A
// finding without a pattern is mended on its own host.
func (b *Bot) fixByWords(ctx context.Context, who asker, what, pattern string) error {
	if err := b.cfg.Policy.MayRequest(who.Person); err != nil {
		return err
	}
	r, err := b.recallHosts(ctx, who, pattern)
	if err != nil {
		return err
	}
	if !r.ever() {
		return r.errNeverScanned()
	}
	if what == "" {
		b.tell(ctx, who, fixable(r, b.cfg.Catalogue))
		return nil
	}
	if pattern == "" {
		r = r.onlyHostOf(what)
	}
	group, err := chosen(r, what, b.cfg.Catalogue)
	if err != nil {
		return sayable{err}
	}
	return b.planKnown(ctx, who, r, group)
}

// planKnown makes the plan of the group, after all that is asked when its
// button is pressed.
func (b *Bot) planKnown(ctx context.Context, who asker, r recalled, group actions.Group) error {
	scan, err := b.compose(ctx, who, r)
	if err != nil {
		return err
	}
	req, title, err := b.planRequest(ctx, click{asker: who, Value: group.Members[0].ID}, posted{About: About{Scan: scan.ID}})
	if err != nil {
		return err
	}
	return b.prepare(ctx, preparation{
		key: req.Scan + " " + req.Remedy + " " + req.Subject, channel: who.Channel,
		title: title, hosts: len(req.Hosts), again: "Ask for it again.",
	}, func(ctx context.Context) (actions.Plan, error) { return b.cfg.Planner.Plan(ctx, req) })
}

// onlyHostOf is what is known of the one host that has the finding; of none if
// there is no such finding.
func (r recalled) onlyHostOf(finding string) recalled {
	r.known = slices.DeleteFunc(slices.Clone(r.known), func(k actions.Known) bool {
		return !slices.ContainsFunc(k.Findings, func(f actions.Finding) bool { return f.ID == finding })
	})
	if len(r.known) > 0 {
		r.pattern = r.known[0].Host.Name
	}
	return r
}

func (r recalled) groups() []actions.Group {
	return actions.Grouped(actions.Compose(r.known, r.pattern, actions.Person{}, "").Findings)
}

// chosen returns the one open question that the id of a remedy or of a finding
// names. The error is a sentence for people.
func chosen(r recalled, what string, catalogue []actions.Remedy) (actions.Group, error) {
	named := slices.DeleteFunc(r.groups(), func(g actions.Group) bool {
		return g.Remedy != what && !slices.ContainsFunc(g.Members, func(f actions.Finding) bool { return f.ID == what })
	})
	open := slices.DeleteFunc(slices.Clone(named), func(g actions.Group) bool { return g.Status != actions.Open })
	_, unknown := actions.Find(catalogue, what)
	switch {
	case len(named) == 0 && unknown != nil:
		return actions.Group{}, fmt.Errorf("nothing that is known here is called %s; /harden fix alone lists what can be fixed", what)
	case len(named) == 0:
		return actions.Group{}, fmt.Errorf("the newest scans have found no %s there; look again with `/harden scan %s`", what, echo(r.pattern, 300))
	case len(open) == 0 && named[0].Status == actions.Waived:
		return actions.Group{}, fmt.Errorf("%s is waived there; /harden waivers tells until when", what)
	case len(open) == 0:
		return actions.Group{}, fmt.Errorf("%s could not be checked there, so there is nothing to plan for; /harden findings tells why", what)
	case len(open) > 1:
		return actions.Group{}, fmt.Errorf("%s has %d different findings there; name one of them: %s", what, len(open), byFinding(open, r.pattern))
	}
	if remedy, _ := actions.Find(catalogue, open[0].Remedy); remedy.Plan == nil {
		return actions.Group{}, fmt.Errorf("%s has no automatic fix: %s", open[0].Remedy, remedy.ReportOnly)
	}
	return open[0], nil
}

func byFinding(open []actions.Group, pattern string) string {
	commands := mapped(open[:min(4, len(open))], func(g actions.Group) string {
		return fmt.Sprintf("`/harden fix %s %s` for %s", g.Members[0].ID, echo(pattern, 80), echo(g.Title, 80))
	})
	return strings.Join(commands, ", or ")
}

// fixable lists what can be fixed, most urgent first, with the command for each.
func fixable(r recalled, catalogue []actions.Remedy) message {
	times := map[string]int{}
	open := slices.DeleteFunc(r.groups(), func(g actions.Group) bool {
		remedy, err := actions.Find(catalogue, g.Remedy)
		return g.Status != actions.Open || err != nil || remedy.Plan == nil
	})
	for _, g := range open {
		times[g.Remedy]++
	}
	lines := mapped(open, func(g actions.Group) string {
		what := g.Remedy
		if times[what] > 1 {
			what = g.Members[0].ID
		}
		return fmt.Sprintf("• %s – %s (%s, %s)", code("/harden fix "+what+" "+patternFor(g, r.pattern), 400), words(g.Title, 150), g.Layer, count(len(g.Members), "host"))
	})
	head := "*What can be fixed*, by the newest scan of each host. Each command makes a plan, which a second engineer approves."
	if len(lines) == 0 {
		head = "*Nothing is known that could be fixed here.* /harden findings shows what was found, and what could not be seen."
	}
	return sheet{head: head, lists: []titled{{"Most urgent first", lines}, doubtList(r)}}.message()
}

// patternFor names the group's hosts while they are few. A pattern of more may
// name sound hosts, too: they have no such finding, and are no part of the plan.
func patternFor(g actions.Group, all string) string {
	if hosts := g.Hosts(); len(hosts) <= 5 {
		return strings.Join(hosts, ",")
	}
	return all
}

func doubtList(r recalled) titled {
	return titled{"What this may miss", mapped(r.doubts, func(d string) string { return "• " + words(d, 400) })}
}
