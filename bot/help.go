package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hardenbot/actions"
)

// manual groups the commands as help shows them.
var manual = []struct {
	title string
	verbs []string
}{
	{"Look: nothing is changed", []string{"scan", "findings", "posture", "hosts", "plan", "runs"}},
	{"Change: a second engineer approves", []string{"fix", "undo", "waive"}},
	{"Stop", []string{"stop", "abort", "start"}},
	{"Manage", []string{"resume", "retry", "waivers", "audit", "enrol", "help"}},
}

// explained is what help says of one command besides its line in the list.
var explained = map[string]string{
	"scan":     "I log in to each host, read how it is set up, and change nothing. What could not be read is named; it never counts as sound.",
	"findings": "Each host is shown as its newest scan has seen it, with how long ago that was. Without a PATTERN it is all that this channel may target.",
	"posture":  "It counts what is open, what could not be checked and what is waived, by layer, and names the worst host, the one not looked at for longest, and those never scanned.",
	"hosts":    "It tells the address, how I get there, which ports are expected, and when it was looked at. Nothing is contacted.",
	"fix":      "REMEDY is the name of a weakness, or the id of one finding (F-…), which needs no PATTERN. The hosts are read afresh, the exact commands are shown, and nothing is changed before somebody else approves.",
	"plan":     "It tells how the plan stands now, and leads to its message, where it can be approved.",
	"runs":     "Each with how it ended, and whether changes are stopped.",
	"undo":     "That is a plan, too, and needs approval like every other.",
	"waive":    "It stays visible as waived, and comes back by itself when its time is up.",
	"stop":     "Everybody who may scan may do that. Hosts that are being changed are finished first, so that none is left half done.",
	"abort":    "Hosts that are being changed are finished first. An approver can go on with the run later.",
	"start":    "It takes back a stop. Runs that were stopped by it are gone on with one by one: resume.",
	"resume":   "It goes on under the same approval, after its guards were asked again.",
	"retry":    "The hosts are tried again under the same approval, after their guards were asked again.",
	"waivers":  "Those that hold, with owner and end, and those that wait for approval.",
	"audit":    "SINCE is a time span (2h, 3d), a date (2026-01-31) or a time. Approvers see every entry, others those of this channel's scans, plans, runs and waivers.",
	"enrol":    "Approvers show a code of it before a plan that policy holds for risky. Nobody else sees it, and the bot keeps it sealed.",
	"help":     "Help on one command tells more about it.",
}

// guide is what help is made for: this channel, this person, now.
type guide struct {
	patterns []string       // that the channel may target
	hosts    []actions.Host // that they name now
	closed   error          // why the channel may target nothing
	may      string         // what the person may do
	hold     *actions.Hold  // on all changes
}

// help answers with what can be done here, or with more about one command.
func (b *Bot) help(ctx context.Context, who asker, about string) error {
	g, err := b.guide(ctx, who)
	if err != nil {
		return err
	}
	if v, ok := verbOf(about); ok {
		b.tell(ctx, who, g.one(v))
	} else {
		b.tell(ctx, who, g.all())
	}
	return nil
}

// guide gathers what is so here. Whoever may not scan is told no names of hosts.
func (b *Bot) guide(ctx context.Context, who asker) (g guide, err error) {
	g.may = b.mayDo(who.Person)
	if b.cfg.Policy.MayScan(who.Person) != nil {
		return g, nil
	}
	if g.hosts, g.closed = b.cfg.Policy.Reach(ctx, b.cfg.Inventory, who.Channel); g.closed == nil {
		g.patterns = b.cfg.Policy.Channels[who.Channel]
	}
	if g.hold, err = b.cfg.Approver.Stopped(ctx); err != nil {
		return g, fmt.Errorf("look whether changes are stopped: %w", err)
	}
	return g, nil
}

// mayDo says what policy lets the person do, and how to get the rest.
func (b *Bot) mayDo(who actions.Person) string {
	look, ask, decide := b.cfg.Policy.MayScan(who), b.cfg.Policy.MayRequest(who), b.cfg.Policy.MayApprove(who)
	switch {
	case look != nil:
		return upper(look.Error()) + "."
	case ask != nil:
		return "You may look, stop, and decide on what others ask for. " + upper(ask.Error()) + "."
	case decide != nil:
		return "You may look, stop, and ask for changes; somebody else approves them. " + upper(decide.Error()) + "."
	}
	return "You may look, stop, ask for changes, and decide on what others ask for."
}

func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func (g guide) all() message {
	s := sheet{
		head: "*I look at hosts and harden them, one at a time, after a second engineer has approved.*",
		lists: []titled{{"Here and now", g.state()}, {"For example", mapped(g.examples(), func(line string) string {
			return "• " + code(line, 300)
		})}},
		foot: "A PATTERN is a host name, `web-*`, `web-{1..4}`, `@group`, several with commas between, `!web-3` to leave one out. `/harden help fix` tells more about one command.",
	}
	for _, chapter := range manual {
		var lines []string
		for _, name := range chapter.verbs {
			if v, ok := verbOf(name); ok {
				lines = append(lines, "• "+v.line())
			}
		}
		s.lists = append(s.lists, titled{chapter.title, lines})
	}
	return s.message()
}

func (v verb) line() string { return fmt.Sprintf("`/harden %s%s` – %s", v.name, v.args, v.does) }

// one tells more about a command.
func (g guide) one(v verb) message {
	examples := slices.DeleteFunc(g.examples(), func(line string) bool { return !strings.HasPrefix(line+" ", "/harden "+v.name+" ") })
	return sheet{
		head:  v.line() + ".\n" + explained[v.name],
		lists: []titled{{"For example", mapped(examples, func(line string) string { return "• " + code(line, 300) })}},
	}.message()
}

// state is what holds for this channel and this person.
func (g guide) state() []string {
	var lines []string
	if g.hold != nil {
		lines = append(lines, fmt.Sprintf("• *All changes are stopped* by %s since %s%s. `/harden start` takes it back (approvers).", mention(g.hold.Who.ID), onAt(g.hold.At), because(g.hold.Why)))
	}
	switch {
	case g.closed != nil:
		lines = append(lines, "• "+words(upper(g.closed.Error()), 300)+".")
	case len(g.patterns) > 0:
		lines = append(lines, fmt.Sprintf("• This channel may target %s: %s now.", code(strings.Join(g.patterns, ", "), 300), count(len(g.hosts), "host")))
	}
	return append(lines, "• "+words(g.may, 700))
}

// examples are commands that do something in this channel: with a pattern of
// its own, one of its hosts, and a group whose hosts are all among them.
func (g guide) examples() []string {
	if len(g.hosts) == 0 {
		return nil
	}
	pattern, host := g.hosts[0].Name, g.hosts[len(g.hosts)-1].Name
	if i := slices.IndexFunc(g.patterns, func(p string) bool { return strings.ContainsAny(p, "*?[{@") }); i >= 0 {
		pattern = g.patterns[i]
	}
	lines := []string{"/harden scan " + pattern, "/harden findings " + host, "/harden posture"}
	return append(lines, "/harden hosts "+pattern, "/harden fix", "/harden audit 2h")
}
