package bot

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Command is what somebody asked for.
type Command struct {
	Verb    string   // name of one of the verbs
	Pattern string   // of hosts, for scan
	Run     string   // id of a run
	Hosts   []string // names of hosts, for retry
	Why     string   // what the person said for a reason
}

// verb is a command that there is. read takes the words after its name.
type verb struct {
	name, args, does string
	read             func(*Command, []string) error
}

// verbs lists what can be asked for, in the order in which help tells it.
var verbs = []verb{
	{"scan", " PATTERN", "look at hosts and show what should be hardened, most urgent first", readPattern},
	{"runs", "", "show the latest runs of this channel", readNothing},
	{"abort", " RUN [WHY]", "end a run after the hosts at hand", readRunWhy},
	{"resume", " RUN", "go on with the hosts that a stopped run did not come to (approvers)", readRun},
	{"retry", " RUN HOST…", "try hosts again that a run did not do (approvers)", readRunHosts},
	{"undo", " RUN", "plan to put back what a run has changed", readRun},
	{"stop", " [WHY]", "stop all changes, everywhere, after the hosts at hand", readWhy},
	{"start", "", "let changes begin again (approvers)", readAlone},
	{"help", "", "show this", readNothing},
}

const maxPattern = 500 // characters

// ParseCommand reads the words after /harden, or after a mention. The error is
// a sentence for the person.
func ParseCommand(text string) (Command, error) {
	if first, _, _ := strings.Cut(strings.TrimSpace(text), " "); strings.EqualFold(first, "stop") {
		text = text[:min(len(text), 4*maxPattern)] // whatever the reason is, it is done
	}
	if len(text) > 4*maxPattern {
		return Command{}, fmt.Errorf("the command is too long: at most %d characters, please", maxPattern)
	}
	fields := strings.Fields(unlink(text))
	if len(fields) == 0 {
		return Command{Verb: "help"}, nil
	}
	name := strings.ToLower(fields[0])
	for _, v := range verbs {
		if v.name == name {
			c := Command{Verb: name}
			err := v.read(&c, fields[1:])
			return c, err
		}
	}
	return Command{}, unknownVerb(fields[0])
}

func readNothing(*Command, []string) error { return nil }

// readAlone takes nothing, and is not taken for something else.
func readAlone(c *Command, fields []string) error {
	if len(fields) > 0 {
		return fmt.Errorf("%s takes nothing more; to go on with a run: /harden resume RUN", c.Verb)
	}
	return nil
}

func readPattern(c *Command, fields []string) (err error) {
	c.Pattern, err = joinPattern(fields)
	return err
}

func readWhy(c *Command, fields []string) error {
	c.Why = strings.Join(fields, " ")
	return nil
}

// runID is what the id of a run looks like (actions.NewID).
var runID = regexp.MustCompile(`^R-[0-9a-z_]{8}$`)

func readRun(c *Command, fields []string) error {
	if len(fields) != 1 || !runID.MatchString(fields[0]) {
		return fmt.Errorf("%s needs the id of a run, for example: /harden %s R-7g2kd0xw; /harden runs lists them", c.Verb, c.Verb)
	}
	c.Run = fields[0]
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
	c.Hosts = strings.FieldsFunc(strings.Join(fields[1:], ","), func(r rune) bool { return r == ',' })
	if len(c.Hosts) == 0 {
		return fmt.Errorf("retry needs the names of the hosts, for example: /harden retry %s web-3", c.Run)
	}
	return nil
}

// joinPattern takes the blanks out of "web-*, db-*".
func joinPattern(fields []string) (string, error) {
	if len(fields) == 0 {
		return "", errors.New("scan needs a pattern of hosts, for example: /harden scan web-*")
	}
	pattern := fields[0]
	for _, f := range fields[1:] {
		if !strings.HasSuffix(pattern, ",") && !strings.HasPrefix(f, ",") {
			return "", fmt.Errorf("scan takes one pattern; put a comma between %s and %s to scan both", cut(pattern, 80), cut(f, 80))
		}
		pattern += f
	}
	if len([]rune(pattern)) > maxPattern {
		return "", fmt.Errorf("the pattern is too long: at most %d characters, please", maxPattern)
	}
	return pattern, nil
}

func unknownVerb(verb string) error {
	for _, v := range verbs {
		if distance(strings.ToLower(cut(verb, 20)), v.name) <= 2 {
			return fmt.Errorf("there is no command %s; did you mean /harden %s%s?", cut(verb, 40), v.name, v.args)
		}
	}
	return fmt.Errorf("there is no command %s; /harden help lists those that there are", cut(verb, 40))
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to make b of a.
func distance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			wrong := 1
			if a[i] == b[j] {
				wrong = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+wrong)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

var (
	linked   = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)
	scheme   = regexp.MustCompile(`^(?:https?://|mailto:)`)
	unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")
)

// unlink takes back what Slack makes of names: links such as
// <http://web-1.prod|web-1.prod>, mentions of groups, and escaped characters.
func unlink(text string) string {
	text = linked.ReplaceAllStringFunc(text, func(m string) string {
		parts := linked.FindStringSubmatch(m)
		if parts[2] != "" {
			return parts[2]
		}
		return strings.TrimSuffix(scheme.ReplaceAllString(parts[1], ""), "/")
	})
	return unescape.Replace(text)
}

var leadingMention = regexp.MustCompile(`^\s*<@[^<>]*>`)

// help is the answer to "help".
func help() message {
	var b strings.Builder
	b.WriteString("I look at hosts and harden them, one at a time, after a second engineer has approved.\n")
	for _, v := range verbs {
		fmt.Fprintf(&b, "• `/harden %s%s` – %s\n", v.name, v.args, v.does)
	}
	b.WriteString("A PATTERN is a host name, `web-*`, `web-{1..4}`, `@group`, several with commas between, `!web-3` to leave one out.")
	return message{Text: b.String()}
}
