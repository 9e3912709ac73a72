package simhost

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// sshdDefaults is what `sshd -T` of OpenSSH 9.2 on Debian says of an empty
// configuration, in its order.
//
//go:embed sshd_defaults.txt
var sshdDefaults string

// sshdLine is a setting as it stands in a file.
type sshdLine struct {
	file           string
	number         int
	match          []string // the criteria of its Match block
	keyword, value string
}

// lists are the keywords that may be given more than once.
var sshdLists = []string{"port", "listenaddress", "hostkey", "subsystem", "setenv"}

// sshdWordLists are those of them whose line is a list, too.
var sshdWordLists = []string{"acceptenv", "allowusers", "denyusers", "allowgroups", "denygroups"}

// sshdMore are the keywords that `sshd -T` shows only when they are set.
var sshdMore = []string{"acceptenv", "subsystem", "allowusers", "denyusers", "allowgroups", "denygroups", "setenv"}

// sshdAliases are old names of keywords.
var sshdAliases = map[string]string{"challengeresponseauthentication": "kbdinteractiveauthentication", "skeyauthentication": "kbdinteractiveauthentication"}

// sshdRead reads the configuration with what it includes, in order.
func (h *Host) sshdRead(main string) (lines []sshdLine, faults []string) {
	var read func(file string, outer []string, depth int)
	read = func(file string, outer []string, depth int) {
		raw, err := h.files.read(file)
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %s", file, reason(err)))
			return
		}
		if depth > 16 {
			faults = append(faults, file+": Too many recursive configuration includes")
			return
		}
		within := outer
		for i, text := range strings.Split(string(raw), "\n") {
			words := sshdWords(text)
			if len(words) == 0 {
				continue
			}
			l := sshdLine{file, i + 1, within, strings.ToLower(words[0]), strings.Join(words[1:], " ")}
			if alias := sshdAliases[l.keyword]; alias != "" {
				l.keyword = alias
			}
			switch {
			case l.keyword == "match":
				within = append(slices.Clone(outer), words[1:]...)
			case l.keyword == "include":
				for _, pattern := range words[1:] {
					for _, found := range h.glob(pattern) {
						read(found, within, depth+1)
					}
				}
			default:
				if fault := l.fault(); fault != "" {
					faults = append(faults, fault)
				}
				lines = append(lines, l)
			}
		}
	}
	read(main, nil, 0)
	return lines, faults
}

func sshdWords(text string) []string {
	text, _, _ = strings.Cut(text, "#")
	text = strings.NewReplacer("\t", " ", `"`, "", "\r", "").Replace(text)
	first, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if keyword, value, assigned := strings.Cut(first, "="); assigned {
		first, rest = keyword, value+" "+rest
	}
	return strings.Fields(first + " " + strings.TrimPrefix(strings.TrimSpace(rest), "= "))
}

// glob lists the files that an Include names, sorted.
func (h *Host) glob(pattern string) []string {
	if !path.IsAbs(pattern) {
		pattern = "/etc/ssh/" + pattern
	}
	entries, err := h.files.readDir(path.Dir(pattern))
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		if ok, _ := path.Match(path.Base(pattern), e.Name()); ok && (e.Name()[0] != '.' || path.Base(pattern)[0] == '.') {
			found = append(found, path.Join(path.Dir(pattern), e.Name()))
		}
	}
	slices.Sort(found)
	return found
}

// fault is what sshd has against the line, or "".
func (l sshdLine) fault() string {
	at := fmt.Sprintf("%s: line %d: ", l.file, l.number)
	known := has(sshdMore, l.keyword)
	usual := ""
	for line := range strings.Lines(sshdDefaults) {
		if keyword, value, _ := strings.Cut(strings.TrimSpace(line), " "); keyword == l.keyword {
			known, usual = true, value
		}
	}
	switch {
	case !known:
		return at + "Bad configuration option: " + l.keyword
	case l.value == "":
		return at + "missing argument."
	case l.keyword == "permitrootlogin" && !has([]string{"yes", "no", "prohibit-password", "without-password", "forced-commands-only"}, l.value):
		return at + "unsupported option \"" + l.value + "\"."
	case (usual == "yes" || usual == "no") && !has([]string{"yes", "no", "local", "remote", "all", "delayed", "clientspecified"}, l.value):
		return at + "unsupported option \"" + l.value + "\"."
	case l.keyword == "maxauthtries" || l.keyword == "port" || l.keyword == "maxsessions":
		if _, err := strconv.Atoi(l.value); err != nil {
			return at + "integer value invalid."
		}
	}
	return ""
}
