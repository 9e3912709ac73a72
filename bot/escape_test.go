package bot

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"code", code("a <b> & `c`\n*d*", 100), "`a &lt;b&gt; &amp; 'c' *d*`"},
		{"empty code", code(" \x00\u202e", 100), "–"},
		{"cut code", code("abcdef", 6), "`abc…`"},
		{"an entity is not cut in two", code("a&b", 6), "`a…`"},
		{"words", words("*a* _b_ ~c~ `d` <!here> :tada: @channel", 200), "`*a*` `_b_` `~c~` `d` &lt;!here&gt; `:tada:` `@channel`"},
		{"numbers", words("10:30:60, 198.18.0.15:22: refused", 200), "10:30:60, 198.18.0.15:22: refused"},
		{"names with colons", words(`APT::Periodic::Enable "1"; 52:54:00:ab:cd:ef foo:fire:`, 200), `APT::Periodic::Enable "1"; 52:54:00:ab:cd:ef foo:fire:`},
		{"files", words("/etc/ssh/sshd_config and known_hosts", 200), "/etc/ssh/sshd_config and known_hosts"},
		{"emoji after punctuation", words("(:tada:) ::tada:: x=:+1: [::]:100: :a:b:", 200), "(`:tada:`) `::tada::` `x=:+1:` `[::]:100:` `:a:b:`"},
		{"a pattern", words(`no host matches "web-*": known are web-1`, 200), "no host matches \"`web-*`\": known are web-1"},
		{"patterns", words("outside of what this channel may target (web-*, @db)", 200), "outside of what this channel may target (`web-*`, @db)"},
		{"a command", words("add what `ssh-keyscan -p 22 <web-1>` prints.", 200), "add what `ssh-keyscan -p 22 &lt;web-1&gt;` prints."},
		{"backquotes that are no pair", words("a` `b c`d ` ` `` ```", 200), "a' 'b c'd ' ' '' '''"},
		{"cut code in words", words("a *bcdef", 6), "a `*…`"},
		{"cut within a word", words("aaaa*bcd", 6), "aaaa…"},
		{"cut before code", words("abcd *e", 6), "abcd …"},
		{"plain", plain("a\x1b[31m\u202eb", 100), "a[31mb"},
		{"exact", exact("a\tb\n\u202e\x1b"), "a\tb\n[U+202E][U+1B]"},
		{"mention", mention("U024BE7LH"), "<@U024BE7LH>"},
		{"no mention", mention("cli:<!here>"), "cli:&lt;!here&gt;"},
		{"no mention of many", mention("U1> <!channel"), "U1&gt; &lt;!channel"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

// What is written already is not cut within markup, an entity or code.
func TestFallbackIsCutBetweenMarkup(t *testing.T) {
	room := maxFallback - len("`") - utf8.RuneCountInString(cutNote(maxFallback))
	filled := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ name, text, want string }{
		{"short", "a `b` <@U1>", "a `b` <@U1>"},
		{"all the room", filled(maxFallback), filled(maxFallback)},
		{"words", filled(maxFallback + 1), filled(room) + "… (cut)"},
		{"a mention", filled(room-3) + "<@U024BE7LH>" + filled(20), filled(room-3) + "… (cut)"},
		{"behind a mention", "<@U1>" + filled(maxFallback), "<@U1>" + filled(room-5) + "… (cut)"},
		{"an entity", filled(room-2) + "&amp;" + filled(20), filled(room-2) + "… (cut)"},
		{"code", filled(room-2) + "`abcd`" + filled(20), filled(room-2) + "`a`… (cut)"},
	} {
		if got := fallback(c.text); got != c.want {
			t.Errorf("%s: …%q, want …%q", c.name, got[max(0, len(got)-40):], c.want[max(0, len(c.want)-40):])
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "`", "<!channel>", "&&&&&&&", ":a:", ":a:b:c:", "@here@here", "\xff\x00", "\u202e", "***", "`a* `b", "(`a b`):", "`*`*`", "'*` ~", strings.Repeat("é", 300)} {
		f.Add(seed, 40)
	}
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = 3 + max(0, most)%500
		for name, out := range map[string]string{"code": code(s, most), "words": words(s, most), "plain": plain(s, most)} {
			if n := utf8.RuneCountInString(out); n > most {
				t.Errorf("%s(%q, %d) has %d characters", name, s, most, n)
			}
			if !utf8.ValidString(out) || strings.ContainsFunc(out, unicode.IsControl) {
				t.Errorf("%s(%q) = %q", name, s, out)
			}
			if name != "plain" && strings.ContainsAny(out, "<>") {
				t.Errorf("%s(%q) = %q has markup", name, s, out)
			}
		}
		if c := code(s, most); c != "–" && (strings.Count(c, "`") != 2 || c[0] != '`' || c[len(c)-1] != '`') {
			t.Errorf("code(%q) = %q", s, c)
		}
		w := words(s, most)
		if strings.Count(w, "`")%2 != 0 || strings.Contains(w, "``") {
			t.Errorf("words(%q) = %q has code without an end", s, w)
		}
		for _, word := range strings.Fields(outsideCode(w)) {
			if formatted(word) || emoji.MatchString(word) || everybody.MatchString(word) {
				t.Errorf("words(%q) = %q is formatted", s, w)
			}
		}
	})
}
