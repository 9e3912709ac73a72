package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestNamedIn(t *testing.T) {
	known := []string{"db-1", "web-1", "web-1.prod", "web-2", "web-10", "_odd", "Web-3"}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"web-1 and web-2 are slow", []string{"web-1", "web-2"}},
		{"look at web-1.", []string{"web-1"}},
		{"(web-2), \"db-1\"; `web-10`: *web-1*", []string{"db-1", "web-1", "web-2", "web-10"}},
		{"<http://web-1.prod|web-1.prod>", []string{"web-1.prod"}},
		{"https://web-2:8443/x?host=db-1#web-1", []string{"db-1", "web-1", "web-2"}},
		{"admin@web-1:/var", []string{"web-1"}},
		{"web-1.prod.example.com web-11 aweb-1 web-1a éweb-2 web-2é WEB-1 web_1", nil},
		{"web-* web-{1..2} @web", nil},
		{"web-\u200b1 web-1\u0301", nil},
		{"-web-2- .db-1. _odd", []string{"db-1", "web-2", "_odd"}},
		{"<!channel> <@U0BOB> ```web-1\nweb-2```", []string{"web-1", "web-2"}},
		{"", nil},
		{"\xff\xfeweb-1", nil},
	} {
		if got := namedIn(c.text, known); !slices.Equal(got, c.want) {
			t.Errorf("%q names %v, want %v", c.text, got, c.want)
		}
	}
}

func FuzzNamedIn(f *testing.F) {
	f.Add("web-1 and <http://web-2|web-2>.", "web-1")
	f.Add(strings.Repeat("web-1 ", 20_000), "web-2")
	f.Add("\xffweb-1\x00", "web-1")
	f.Add("a.b-c_d", "a")
	f.Fuzz(func(t *testing.T, text, name string) {
		got := namedIn(text, []string{name})
		if len(got) > 0 && !strings.Contains(text, name) {
			t.Errorf("%q is named by %q", name, text)
		}
		if len(name) > 0 && strings.IndexFunc(name, func(r rune) bool { return !inName(r) }) < 0 && strings.Trim(name, ".-") == name {
			if alone := namedIn("see "+name+".", []string{name}); len(alone) != 1 && len(name) < 1000 {
				t.Errorf("%q is not found by itself", name)
			}
		}
	})
}

// A message of 100 kB, or with whatever in its blocks, is looked through.
func TestTextOf(t *testing.T) {
	var m slack.Message
	must(t, json.Unmarshal([]byte(`{
		"text": "web-1",
		"blocks": [
			{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"web-2"},{"type":"link","url":"http://web-3/"}]}]},
			{"type":"section","fields":[{"type":"mrkdwn","text":"web-4"}]},
			{"type":"no_such_block","text":"x"}
		],
		"attachments": [{"fallback":"web-5","title":"web-6","fields":[{"title":"Host","value":"web-7"}],"text":"web-8"}]
	}`), &m))
	known := []string{"web-1", "web-2", "web-3", "web-4", "web-5", "web-6", "web-7", "web-8", "web-9"}
	if got := namedIn(textOf(m), known); !slices.Equal(got, known[:8]) {
		t.Errorf("named are %v", got)
	}
	m.Text = strings.Repeat("<!channel> `", 10_000) + " web-9"
	if got := namedIn(textOf(m), known); !slices.Contains(got, "web-9") {
		t.Errorf("a name behind 100 kB is not found: %v", got)
	}
}

func TestOnOffer(t *testing.T) {
	var many, long []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("web-%d", i))
		long = append(long, fmt.Sprintf("web-%d-%s", i, strings.Repeat("x", 140)))
	}
	for _, c := range []struct {
		named []string
		want  int
	}{{many, maxNamed}, {many[:3], 3}, {long, 6}, {[]string{strings.Repeat("x", 200)}, 0}} {
		on := onOffer(c.named)
		if len(on) != c.want || len(strings.Join(on, ",")) > maxJoined {
			t.Errorf("%d of %d are on offer, want %d", len(on), len(c.named), c.want)
		}
	}
}

func (s *stage) shortcut(person string, on workspace.Message) {
	s.t.Helper()
	if _, err := s.ws.As(person).Shortcut(s.ctx, on, ShortcutScan); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) modal(person, callback string) workspace.View {
	s.t.Helper()
	v, err := s.ws.WaitView(s.ctx, person, func(v workspace.View) bool { return v.CallbackID == callback })
	must(s.t, err)
	return v
}

func TestScanHostsNamedHere(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		said, err := s.ws.As(wst.Carol).Say(wst.Ops, "web-1, <http://web-3|web-3> &amp; web-4 are slow, web-99 is not", "")
		must(t, err)
		s.shortcut(wst.Alice, said)
		view := s.modal(wst.Alice, viewScan)
		if !strings.Contains(view.Text(), "names 3 hosts") {
			t.Errorf("the window says %q", view.Text())
		}
		_, err = s.ws.As(wst.Alice).Submit(s.ctx, view, workspace.Values{chosenID: "web-1,web-4"})
		must(t, err)
		s.sees("Scan of `web-1,web-4`", "sshd accepts passwords")
		s.shortcut(wst.Alice, said)
		s.eventually("another window", func() bool { v := s.ws.Views(wst.Alice); return len(v) == 1 && v[0].ID != view.ID })
		_, err = s.ws.As(wst.Alice).Submit(s.ctx, s.modal(wst.Alice, viewScan), nil)
		must(t, err)
		s.sees("Scan of `web-1,web-3,web-4`", "sshd accepts passwords")
		s.noProblems()
	})
}

func TestShortcutRefuses(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Policy.Channels = map[string][]string{wst.Ops: {"web-1"}, wst.Random: {"*"}}
	})
	s.start()
	say := func(channel, text string) workspace.Message {
		m, err := s.ws.As(wst.Alice).Say(channel, text, "")
		must(t, err)
		return m
	}
	s.shortcut(wst.Alice, say(wst.Ops, "nothing is named here, web-2 is none of this channel's business"))
	s.told(wst.Alice, "names no host that this channel may target")
	s.shortcut(wst.Carol, say(wst.Ops, "web-1"))
	s.told(wst.Carol, "you may not scan hosts")
	s.shortcut(wst.Alice, say(wst.Private, "web-1"))
	s.told(wst.Alice, "this channel may not target any hosts")
	s.shortcut(wst.Bob, say(wst.Random, "web-2")) // the bot is not in this channel
	_, err := s.ws.As(wst.Bob).Submit(s.ctx, s.modal(wst.Bob, viewScan), nil)
	must(t, err)
	s.told(wst.Bob, "Invite me with /invite")
	if views := append(s.ws.Views(wst.Carol), s.ws.Views(wst.Alice)...); len(views) != 0 {
		t.Errorf("%d windows were opened", len(views))
	}
}
