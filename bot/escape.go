package bot

import (
	"regexp"
	"slices"
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
// characters outside of code, so that look-alikes stand in for them, but for
// those within a word (sshd_config), where Slack formats nothing.
func words(s string, most int) string {
	s = clean(s, most)
	for emoji.MatchString(s) { // again, because two may share a colon
		s = emoji.ReplaceAllString(s, ":\u200b$1:")
	}
	return escape(unformatted(lookalikes.Replace(s)), most)
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
	emoji      = regexp.MustCompile(`:([\pL\pN_+'-]+):`)
	lookalikes = strings.NewReplacer(
		"`", "'",
		"@channel", "@\u200bchannel", "@here", "@\u200bhere", "@everyone", "@\u200beveryone",
	)
	formats  = map[rune]rune{'*': '∗', '~': '∼', '_': 'ˍ'}
	entities = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}
)

// unformatted replaces the formatting characters at the edge of a word.
func unformatted(s string) string {
	runes := []rune(s)
	inWord := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsNumber(runes[i]))
	}
	out := slices.Clone(runes)
	for i, r := range runes {
		if other, ok := formats[r]; ok && !(inWord(i-1) && inWord(i+1)) {
			out[i] = other
		}
	}
	return string(out)
}

// escape writes the three characters that Slack reads as markup, and shortens
// the result to most characters without cutting one of them in two.
func escape(s string, most int) string {
	var b strings.Builder
	length, last := 0, 0 // last is where an ellipsis would still fit
	for _, r := range s {
		written, ok := entities[r]
		if !ok {
			written = string(r)
		}
		if length < most {
			last = b.Len()
		}
		if length += utf8.RuneCountInString(written); length > most {
			return b.String()[:last] + "…"
		}
		b.WriteString(written)
	}
	return b.String()
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
