package bot

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Everything that was not written by this package goes through one of the
// functions below before it stands in a message: names, patterns, sentences
// from elsewhere, and above all what hosts print. Lengths are in characters,
// counted as Slack counts them: an escaped character is four or five.

// code shows foreign text literally: within backquotes Slack interprets
// nothing but <…>, and that is escaped.
func code(s string, most int) string {
	s = strings.ReplaceAll(clean(s, most), "`", "'")
	if s == "" {
		return "–"
	}
	return "`" + escape(s, most-2) + "`"
}

// words shows a sentence as prose. Slack knows no escape for its formatting
// outside of code, so each word that it would format stands in code, as does
// what the sentence has in backquotes. No character but a stray backquote
// becomes another one: patterns and commands can be pasted back.
func words(s string, most int) string {
	s = token.ReplaceAllStringFunc(clean(s, most), func(s string) string {
		if !strings.ContainsAny(s, "`*~_:@") {
			return s
		}
		p := token.FindStringSubmatch(s)
		return p[1] + verbatim(p[2]) + p[3] + p[4]
	})
	return closed(s, most)
}

// verbatim puts a word in code if Slack would format it.
func verbatim(word string) string {
	if span.MatchString(word) {
		return word
	}
	word = strings.ReplaceAll(word, "`", "'")
	if emoji.MatchString(word) || everybody.MatchString(word) || formatted(word) {
		return "`" + word + "`"
	}
	return word
}

// plain shows text where Slack formats nothing: headers, buttons, dialogs.
func plain(s string, most int) string { return cut(clean(s, most), most) }

// exact shows a script as it is. Only characters that could hide or reorder
// what is read are shown by their number.
func exact(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if r == '\n' || r == '\t' || !invisible(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString("[U+" + strings.ToUpper(strconv.FormatInt(int64(r), 16)) + "]")
	}
	return b.String()
}

var (
	// token is a word, or several in backquotes, with the punctuation around it.
	token     = regexp.MustCompile("([\"'(]*)(`[^` ](?:[^`]*[^` ])?`|[^ ]+?)((?:[\"'),.;]+:?)?)( |$)")
	span      = regexp.MustCompile("^`[^`]+`$")
	everybody = regexp.MustCompile(`@(?:channel|here|everyone)`)

	// emoji has no letter or digit before it: 10:30:60 and APT::Periodic::Enable
	// are none.
	emoji    = regexp.MustCompile(`(?:^|[^\pL\pN:]):+[\pL\pN_+'-]+:`)
	entities = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}
)

// formatted reports whether a formatting character stands at the edge of a
// word. Within one (sshd_config) Slack formats nothing.
func formatted(s string) bool {
	runes := []rune(s)
	inWord := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsNumber(runes[i]))
	}
	for i, r := range runes {
		if strings.ContainsRune("*~_", r) && !(inWord(i-1) && inWord(i+1)) {
			return true
		}
	}
	return false
}

// closed escapes and shortens s. Where that cuts code or a word in two, it sees
// to it that nothing is formatted which was not before.
func closed(s string, most int) string {
	var out string
	for _, room := range []int{most, most - 1} {
		if out = escape(s, room); strings.Count(out, "`")%2 == 0 {
			if rest, isCut := strings.CutSuffix(out, cutNote(room)); isCut {
				return strings.TrimRight(rest, "*~_") + cutNote(room)
			}
			return out
		}
	}
	return out + "`"
}

// escape writes the three characters that Slack reads as markup, and shortens
// the result to most characters without cutting one of them in two.
func escape(s string, most int) string {
	var b strings.Builder
	note := cutNote(most)
	length, last, room := 0, 0, most-utf8.RuneCountInString(note) // last is where the note would still fit
	for _, r := range s {
		written, ok := entities[r]
		if !ok {
			written = string(r)
		}
		if length <= room {
			last = b.Len()
		}
		if length += utf8.RuneCountInString(written); length > most {
			return b.String()[:last] + note
		}
		b.WriteString(written)
	}
	return b.String()
}

// cutNote says that something was cut off. Where there is little room it is an
// ellipsis alone.
func cutNote(most int) string {
	if most < 100 {
		return "…"
	}
	return "… (cut)"
}

// fallback is the text beside the blocks, shortened to what Slack takes. It is
// written already: markup and code are not cut in two.
func fallback(s string) string {
	if utf8.RuneCountInString(s) <= maxFallback {
		return s
	}
	note := cutNote(maxFallback)
	s = string([]rune(s)[:maxFallback-len("`")-utf8.RuneCountInString(note)])
	if at := strings.LastIndexAny(s, "<>"); at >= 0 && s[at] == '<' {
		s = s[:at]
	}
	if at := strings.LastIndexByte(s, '&'); at >= 0 && !strings.Contains(s[at:], ";") {
		s = s[:at]
	}
	if strings.Count(s, "`")%2 != 0 {
		s += "`"
	}
	return s + note
}

// clean makes one line without control characters and marks that hide or
// reorder text. Of what is far longer than most characters it reads the
// beginning only.
func clean(s string, most int) string {
	if far := 16 * most; len(s) > far {
		s = s[:far] + "…"
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case invisible(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}

func invisible(r rune) bool {
	if ' ' <= r && r <= '~' {
		return false // most of all that is read, and scripts are long
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Variation_Selector)
}

// cut shortens s to most characters, the last of them then an ellipsis.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return string(runes[:max(0, most-1)]) + "…"
}

var userID = regexp.MustCompile(`^[UW][A-Z0-9]{1,30}$`)

// mention names a person so that Slack tells them; whoever has no Slack ID is
// named in words.
func mention(id string) string {
	if userID.MatchString(id) {
		return "<@" + id + ">"
	}
	return words(id, 80)
}
