package workspace

import (
	"errors"
	"strings"
	"testing"
)

func TestCompose(t *testing.T) {
	w := newTestWorkspace(t)
	for _, tt := range []struct{ name, typed, want string }{
		{"plain", "scan web-1, please", "scan web-1, please"},
		{"escapes", `<b> & "x"`, `&lt;b&gt; &amp; "x"`},
		{"a forged mention", "<@U1> <!channel>", "&lt;@U1&gt; &lt;!channel&gt;"},
		{"the app", "@bot scan web-*", "<@U1> scan web-*"},
		{"a person, at the end", "ask @alice.", "ask <@U2>."},
		{"a group and a channel", "@approvers: see #ops", "<!subteam^S1>: see <#C1>"},
		{"everybody", "@here", "<!here>"},
		{"nobody", "@nobody #nowhere", "@nobody #nowhere"},
		{"an e-mail address", "bob@alice", "bob@alice"},
		{"an address", "see https://example.org/?a=1&b=2 now", "see <https://example.org/?a=1&amp;b=2> now"},
		{"code stays", "`@alice <x>` @alice", "`@alice &lt;x&gt;` <@U2>"},
		{"a block of code stays", "```\n@alice\n```", "```\n@alice\n```"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := w.compose(tt.typed); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// What people type never becomes markup other than mentions of the directory
// and addresses.
func FuzzCompose(f *testing.F) {
	for _, s := range []string{"", "@alice", "<@U1>", "`", "```@", "https://a>b", "#ops@here", "a@b.c", "@\xff", "https://<!channel>"} {
		f.Add(s)
	}
	w := newTestWorkspace(f)
	f.Fuzz(func(t *testing.T, typed string) {
		for _, m := range angle.FindAllString(w.compose(typed), -1) {
			known := strings.Contains("<@U1> <@U2> <!subteam^S1> <#C1> <!here> <!channel> <!everyone>", m)
			address := strings.HasPrefix(m, "<http://") || strings.HasPrefix(m, "<https://")
			if !known && !address {
				t.Errorf("%q gives %q", typed, m)
			}
		}
	})
}

func TestTypeABlankBeforeTheSlash(t *testing.T) {
	w := newTestWorkspace(t)
	alice := w.As("U2")
	if err := alice.Type(t.Context(), alice.DM(), "", " /etc/ssh is fine "); err != nil {
		t.Fatal(err)
	}
	if got := w.Messages(alice.DM()); len(got) != 1 || got[0].RawText != "/etc/ssh is fine" {
		t.Errorf("messages %+v", got)
	}
}

func TestTypeRefuses(t *testing.T) {
	w := newTestWorkspace(t)
	alice := w.As("U2")
	for _, tt := range []struct {
		name, thread, line string
		want               error
	}{
		{"nothing", "", "  \n", ErrNothing},
		{"a command in a thread", "1.1", "/harden scan", ErrNotInThreads},
		{"a command elsewhere", "", "/harden scan", ErrNotVisible},
		{"a message elsewhere", "", "hello", ErrNotVisible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := alice.Type(t.Context(), "C1", tt.thread, tt.line); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}
