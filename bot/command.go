package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Command is what somebody asked for.
type Command struct {
	Verb    string   // name of one of the verbs
	Pattern string   // of hosts; empty where all that the channel may target are meant
	Run     string   // id of a run
	Plan    string   // id of a plan
	What    string   // for fix, id of a remedy or of a finding; for help, a verb
	Since   string   // a time span, a date or a time, as the person wrote it
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
	{"findings", " [PATTERN]", "show what the newest scans found, without looking again", readAnyPattern},
	{"posture", " [PATTERN]", "show how hosts stand, by the newest scan of each", readAnyPattern},
	{"hosts", " PATTERN", "show which hosts a pattern names, and what is known of them", readPattern},
	{"fix", " [REMEDY PATTERN]", "plan a fix as the button does; alone it lists what can be fixed", readFix},
	{"plan", " PLAN", "show how a plan of this channel stands, and where it is", readPlan},
	{"runs", "", "show the latest runs of this channel", readNothing},
	{"abort", " RUN [WHY]", "end a run after the hosts at hand", readRunWhy},
	{"resume", " RUN", "go on with the hosts that a stopped run did not come to (approvers)", readRun},
	{"retry", " RUN HOST…", "try hosts again that a run did not do (approvers)", readRunHosts},
	{"undo", " RUN", "plan to put back what a run has changed", readRun},
	{"stop", " [WHY]", "stop all changes, everywhere, after the hosts at hand", readWhy},
	{"start", "", "let changes begin again (approvers)", readAlone},
	{"enrol", "", "set up your second factor for risky plans, or replace it (approvers)", readNothing},
	{"waive", " [PATTERN]", "tell how a finding is accepted for a time", readAnyPattern},
	{"waivers", "", "show what is accepted in this channel, until when, and who answers for it", readNothing},
	{"audit", " [SINCE]", "show the newest entries of the audit trail, and whether it is whole", readSince},
	{"help", " [COMMAND]", "show this, or more about one command", readHelp},
}

const maxPattern = 500 // characters

// ParseCommand reads the words after /harden, or after a mention. The error is
// a sentence for the person, in one line, with little of what they wrote.
func ParseCommand(text string) (Command, error) {
	long := len(text) > 4*maxPattern
	fields := typed(text)
	name := "" // "?" is none either
	if len(fields) > 0 {
		name = strings.ToLower(bare(fields[0], "-?!"))
	}
	if name == "" {
		return Command{Verb: "help"}, nil
	}
	if long && name != "stop" { // whatever the reason is, it is done
		return Command{}, fmt.Errorf("the command is too long: at most %d characters, please", maxPattern)
	}
	v, ok := verbOf(name)
	if !ok {
		return Command{}, unknownVerb(fields)
	}
	c := Command{Verb: name}
	if err := v.read(&c, fields[1:]); err != nil {
		return Command{}, err
	}
	if _, ok := verbOf(c.What); name == "help" && c.What != "" && !ok {
		return Command{}, unknownVerb(fields[1:2])
	}
	return c, nil
}

func verbOf(name string) (verb, bool) {
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == name })
	if i < 0 {
		return verb{}, false
	}
	return verbs[i], true
}

// typed splits what was typed, as far as it may matter. A /harden in front,
// pasted from an example, is left out; so is what phones put in unseen.
func typed(text string) []string {
	text = strings.ToValidUTF8(text[:min(len(text), 4*maxPattern)], "")
	text = strings.Map(func(r rune) rune {
		if invisible(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, unlink(text))
	fields := strings.Fields(text) // NBSP is a blank, too
	for len(fields) > 0 {
		if first := strings.ToLower(bare(fields[0], "")); first != "" && first != "/harden" {
			break
		}
		fields = fields[1:]
	}
	return fields
}

// quotes are those that people type, and those that phones make of them. None
// of them is ever part of a name or a pattern.
const quotes = "\"'`“”„‟‘’‚‛«»‹›"

// bare is a word without the quotes and the punctuation around it.
func bare(word, more string) string { return strings.Trim(word, quotes+",.;:"+more) }

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
