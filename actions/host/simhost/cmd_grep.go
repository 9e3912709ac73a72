package simhost

import (
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// grep knows the options that scripts of this project use.
func grep(c *call) int {
	var patterns []string
	args := slices.Clone(c.args[1:])
	for i := 0; i < len(args); i++ {
		if args[i] == "-e" && i+1 < len(args) {
			patterns = append(patterns, args[i+1])
			args = slices.Delete(args, i, i+2)
			i--
		}
	}
	args, listed := patternFile(args)
	set, rest, bad := options(args, "EFivxqshcorw")
	if bad != "" {
		return c.unknown(bad)
	}
	for _, name := range listed {
		c.lines([]string{name}, func(line string) bool { patterns = append(patterns, line); return true })
	}
	if len(patterns) == 0 && len(listed) == 0 {
		if len(rest) == 0 {
			return c.unknown("no pattern")
		}
		patterns, rest = []string{rest[0]}, rest[1:]
	}
	re, err := anyOf(patterns, set)
	if err != nil {
		c.fail("%s", err)
		return 2
	}
	return c.search(re, set, rest, len(patterns) == 0)
}

// patternFile takes "-f FILE" out of the arguments, also at the end of a bundle.
func patternFile(args []string) (rest, files []string) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.HasSuffix(a, "f") && i+1 < len(args) {
			if a != "-f" {
				rest = append(rest, a[:len(a)-1])
			}
			files = append(files, args[i+1])
			i++
			continue
		}
		rest = append(rest, a)
	}
	return rest, files
}

func anyOf(patterns []string, set map[string]string) (*regexp.Regexp, error) {
	var all []string
	for _, p := range patterns {
		switch {
		case set["F"] != "":
			p = regexp.QuoteMeta(p)
		case set["E"] != "":
			p = extended(p)
		default:
			p = basic(p)
		}
		switch {
		case set["x"] != "":
			p = "^(?:" + p + ")$"
		case set["w"] != "":
			p = `\b(?:` + p + `)\b`
		}
		all = append(all, "(?:"+p+")")
	}
	text := strings.Join(all, "|")
	if set["i"] != "" {
		text = "(?i)" + text
	}
	re, err := regexp.Compile(text)
	if err == nil {
		re.Longest()
	}
	return re, err
}

func (c *call) search(re *regexp.Regexp, set map[string]string, names []string, nothing bool) int {
	if set["r"] != "" {
		names = c.below(names)
	}
	found, quiet := 0, *c
	if set["s"] != "" {
		quiet.err = io.Discard
	}
	many := len(names) > 1 && set["h"] == ""
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := 0
	for _, name := range names {
		status = max(status, quiet.lines([]string{name}, func(line string) bool {
			if (!nothing && re.MatchString(line)) == (set["v"] != "") {
				return true
			}
			found++
			c.matched(re, set, name, line, many)
			return set["q"] == ""
		}))
	}
	if set["c"] != "" {
		c.printf("%d\n", found)
	}
	switch {
	case found > 0 && (status == 0 || set["q"] != ""):
		return 0
	case status != 0:
		return 2
	}
	return 1
}

func (c *call) matched(re *regexp.Regexp, set map[string]string, name, line string, many bool) {
	if set["q"] != "" || set["c"] != "" {
		return
	}
	before := ""
	if many {
		before = name + ":"
	}
	if set["o"] == "" {
		c.printf("%s%s\n", before, line)
		return
	}
	for _, part := range re.FindAllString(line, -1) {
		c.printf("%s%s\n", before, part)
	}
}

// below lists the files in the directories.
func (c *call) below(names []string) []string {
	var all []string
	for _, name := range names {
		info, err := c.h.files.stat(c.abs(name), true)
		if err != nil || !info.IsDir() {
			all = append(all, name)
			continue
		}
		entries, _ := c.h.files.readDir(c.abs(name))
		slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			all = append(all, c.below([]string{path.Join(name, e.Name())})...)
		}
	}
	return all
}
