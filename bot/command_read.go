package bot

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What each command takes after its name.

func readNothing(*Command, []string) error { return nil }

// readAlone takes nothing, and is not taken for something else.
func readAlone(c *Command, fields []string) error {
	if len(fields) > 0 {
		return fmt.Errorf("%s takes nothing more; to go on with a run: /harden resume RUN", c.Verb)
	}
	return nil
}

func readPattern(c *Command, fields []string) (err error) {
	if c.Pattern, err = joinPattern(c.Verb, fields); err == nil && c.Pattern == "" {
		err = fmt.Errorf("%s needs a pattern of hosts, for example: /harden %s web-*", c.Verb, c.Verb)
	}
	return err
}

func readAnyPattern(c *Command, fields []string) (err error) {
	c.Pattern, err = joinPattern(c.Verb, fields)
	return err
}

func readWhy(c *Command, fields []string) error {
	c.Why = strings.Join(fields, " ")
	return nil
}

// What ids look like (actions.NewID), and the names of remedies.
var (
	runID       = regexp.MustCompile(`^R-[0-9a-z_]{8}$`)
	planLike    = regexp.MustCompile(`^P-[0-9a-z_]{8}$`)
	findingLike = regexp.MustCompile(`^F-[0-9a-z_]{8}$`)
	remedyLike  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
)

// idIn is the word as an id. Phones begin with a capital letter, or with none.
func idIn(word string) string {
	word = strings.ToLower(bare(word, ""))
	return strings.ToUpper(word[:min(1, len(word))]) + word[min(1, len(word)):]
}

func readRun(c *Command, fields []string) error {
	if len(fields) != 1 || !runID.MatchString(idIn(fields[0])) {
		return fmt.Errorf("%s needs the id of a run, for example: /harden %s R-7g2kd0xw; /harden runs lists them", c.Verb, c.Verb)
	}
	c.Run = idIn(fields[0])
	return nil
}

func readPlan(c *Command, fields []string) error {
	if len(fields) != 1 || !planLike.MatchString(idIn(fields[0])) {
		return errors.New("plan needs the id of a plan, for example: /harden plan P-7g2kd0xw; it stands at the end of the plan's message")
	}
	c.Plan = idIn(fields[0])
	return nil
}

// readFix takes nothing, a remedy and a pattern, or a finding with or without
// a pattern: the finding knows its host.
func readFix(c *Command, fields []string) (err error) {
	if len(fields) == 0 {
		return nil
	}
	switch word := bare(fields[0], ""); {
	case findingLike.MatchString(idIn(word)):
		c.What = idIn(word)
	case remedyLike.MatchString(strings.ToLower(word)):
		c.What = strings.ToLower(word)
	default:
		return fmt.Errorf("%s is no remedy and no finding; /harden fix alone lists what can be fixed", echo(fields[0], 40))
	}
	if c.Pattern, err = joinPattern(c.Verb, fields[1:]); err != nil {
		return err
	}
	if c.Pattern == "" && !findingLike.MatchString(c.What) {
		return fmt.Errorf("fix needs a pattern of hosts, too, for example: `/harden fix %s web-*`", c.What)
	}
	return nil
}

const maxSince = 40 // characters

// readSince takes a time as it is; only the clock can say what it means.
func readSince(c *Command, fields []string) error {
	if len(fields) > 0 && strings.EqualFold(fields[0], "since") {
		fields = fields[1:]
	}
	c.Since = bare(strings.Join(fields, ""), "")
	if utf8.RuneCountInString(c.Since) > maxSince {
		return fmt.Errorf("%s is no time; write for example: /harden audit 2h", echo(c.Since, maxSince))
	}
	return nil
}

// readHelp takes nothing, or the name of a command.
func readHelp(c *Command, fields []string) error {
	if len(fields) > 0 {
		c.What = strings.ToLower(bare(fields[0], "-?!"))
	}
	return nil
}

func readRunWhy(c *Command, fields []string) error {
	if err := readRun(c, fields[:min(1, len(fields))]); err != nil {
		return err
	}
	return readWhy(c, fields[1:])
}

func readRunHosts(c *Command, fields []string) error {
	if err := readRun(c, fields[:min(1, len(fields))]); err != nil {
		return err
	}
	for _, host := range strings.Split(strings.Join(fields[1:], ","), ",") {
		if host = bare(host, ""); host != "" {
			c.Hosts = append(c.Hosts, host)
		}
	}
	if len(c.Hosts) == 0 {
		return fmt.Errorf("retry needs the names of the hosts, for example: /harden retry %s web-3", c.Run)
	}
	return nil
}

// joinPattern takes the blanks out of "web-*, db-*", and the quotes off its
// parts. Quotes within a part stay: nothing is guessed. It is empty without
// fields.
func joinPattern(verb string, fields []string) (string, error) {
	pattern := ""
	for _, f := range fields {
		switch {
		case strings.Trim(f, quotes+".;:") == "":
			continue
		case pattern != "" && !strings.HasSuffix(strings.TrimRight(pattern, quotes), ",") && !strings.HasPrefix(f, ","):
			return "", fmt.Errorf("%s takes one pattern; put a comma between %s and %s for both", verb, echo(pattern, 80), echo(f, 80))
		}
		pattern += f
	}
	parts := strings.Split(strings.TrimRight(strings.Trim(pattern, quotes+",;"), quotes+",;."), ",")
	for i, p := range parts {
		p = strings.Trim(p, quotes)
		if rest, excluded := strings.CutPrefix(p, "!"); excluded {
			p = "!" + strings.Trim(rest, quotes)
		}
		parts[i] = p
	}
	pattern = strings.Join(parts, ",")
	if utf8.RuneCountInString(pattern) > maxPattern {
		return "", fmt.Errorf("the pattern is too long: at most %d characters, please", maxPattern)
	}
	return pattern, nil
}
