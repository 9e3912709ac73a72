package bot

import (
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
	wst "hardenbot/bot/workspace/workspacetest"
)

func someGuide() guide {
	return guide{
		patterns: []string{"web-*", "db-1"}, may: "You may look, stop, ask for changes, and decide on what others ask for.",
		hosts: []actions.Host{{Name: "db-1"}, {Name: "web-1"}, {Name: "web-2"}},
	}
}

func evilGuide(evil string) guide {
	hold := evilHold(evil)
	return guide{patterns: []string{evil, "*" + evil}, hosts: []actions.Host{{Name: evil}}, may: evil, hold: &hold}
}

func TestHelpMessage(t *testing.T) {
	closed, stopped := someGuide(), someGuide()
	closed.hosts, closed.patterns = nil, nil
	_, closed.closed = actions.Policy{}.Patterns("C0RANDOM")
	stopped.hold = &actions.Hold{Who: actions.Person{ID: "U0BOB"}, At: noon, Why: "the *database* is slow"}
	fix, _ := verbOf("fix")
	golden(t, "help", someGuide().all(), closed.all(), stopped.all(), someGuide().one(fix))
}

// Nothing that can be asked for is missing in help, or told without words.
func TestHelpIsComplete(t *testing.T) {
	var listed []string
	for _, chapter := range manual {
		listed = append(listed, chapter.verbs...)
	}
	text := someGuide().all().Text
	for _, v := range verbs {
		if !slices.Contains(listed, v.name) || explained[v.name] == "" {
			t.Errorf("%s is not told, or not explained", v.name)
		}
		if !strings.Contains(text, v.line()) {
			t.Errorf("%s is not in the text, which people hear who do not see the blocks: %s", v.name, text)
		}
		m := someGuide().one(v)
		checkLimits(t, m)
		if !strings.Contains(m.Text, v.does) {
			t.Errorf("help on %s is %q", v.name, m.Text)
		}
	}
	for _, example := range someGuide().examples() {
		if _, err := ParseCommand(strings.TrimPrefix(example, "/harden ")); err != nil {
			t.Errorf("the example %q is refused: %v", example, err)
		}
	}
}

func TestHelpCommand(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, func(s *stage) {
			s.cfg.Policy.Channels = map[string][]string{wst.Ops: {"web-[12]"}}
			s.cfg.Policy.Requesters = []string{wst.Alice, wst.Bob}
			s.cfg.Policy.Approvers = []string{wst.Bob}
		})
		s.start()
		s.command(wst.Alice, "")
		s.told(wst.Alice, "This channel may target `web-[12]`: 2 hosts now", "/harden scan web-[12]", "/harden findings web-2",
			"You may look, stop, and ask for changes", "only the people listed in policy.approvers may")
		s.command(wst.Carol, "help")
		s.told(wst.Carol, "You may not scan hosts: ask for your user ID U0CAROL to be added to policy.requesters")
		s.command(wst.Bob, "stop the database is slow")
		s.told(wst.Bob, "stopped all changes")
		s.command(wst.Bob, "help scan")
		s.told(wst.Bob, "I log in to each host", "/harden scan web-[12]")
		s.command(wst.Bob, "help")
		s.told(wst.Bob, "All changes are stopped", "the database is slow", "decide on what others ask for")
		_, err := s.ws.As(wst.Alice).Say(wst.Ops, "<@"+wst.Bot+">: help fix", "")
		must(t, err)
		s.told(wst.Alice, "REMEDY is the name of a weakness")
		_, err = s.ws.As(wst.Alice).Command(s.ctx, wst.Private, "/harden", "help")
		must(t, err)
		s.told(wst.Alice, "This channel may not target any hosts: add its ID G0PRIVATE to policy.channels")
		s.noProblems()
	})
}

// What can be typed as a command works in a mention.
func TestMentionsTakeEveryCommand(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	for _, c := range []struct{ said, told string }{
		{"hosts “web-1”", "names 1 host"}, {"/harden hosts web-1,web-2", "names 2 hosts"}, {"findings web-1", "none of these hosts was scanned yet"},
		{"fix weak web-1", "none of these hosts was scanned yet"}, {"audit", "the audit trail cannot be read here"}, {"", "This channel may target"},
		{"web-*", "did you mean /harden scan, as in /harden scan web-*"}, {"waivers", "waive"},
	} {
		_, err := s.ws.As(wst.Bob).Say(wst.Ops, "<@"+wst.Bot+"> "+c.said, "")
		must(t, err)
		s.eventually(c.said, func() bool {
			told := s.ws.Ephemerals(wst.Bob)
			return len(told) > 0 && strings.Contains(strings.ReplaceAll(told[len(told)-1].Text(), "`", ""), c.told)
		})
	}
	s.noProblems()
}
