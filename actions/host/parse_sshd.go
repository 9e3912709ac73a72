package host

import (
	"errors"
	"maps"
	"strings"

	"hardenbot/actions"
)

// Limits that a real host stays far below. What is said once counts for each
// of many accounts, so that a section of a megabyte could become a gigabyte.
const (
	maxSettings = 64 << 10 // bytes of one account's settings
	maxPeople   = 512
)

// parseSSHD reads lines of a kind, a tab and the rest; probe/sshd.sh lists the
// kinds.
func parseSSHD(text string, f *actions.Facts) error {
	s := actions.SSHD{Global: map[string]string{}, PerUser: map[string]map[string]string{}}
	var same []string        // accounts that the general settings hold for
	size := map[string]int{} // bytes by account, by drop-in, and "" for what is general
	for line := range strings.Lines(text) {
		kind, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		name, more, ok := strings.Cut(rest, "\t")
		if !ok {
			name = ""
		}
		size[kind+name] += len(line)
		if size[kind+name] > maxSettings || len(same) > maxPeople || len(s.PerUser) > maxPeople {
			return errors.New("there are more settings than sshd can have")
		}
		switch kind {
		case "G":
			setting(s.Global, rest)
		case "U":
			name = clean(name, maxString)
			if s.PerUser[name] == nil {
				s.PerUser[name] = map[string]string{}
			}
			setting(s.PerUser[name], more)
		case "P":
			same = append(same, clean(rest, maxString))
		case "M":
			s.Match = append(s.Match, clean(rest, maxSettings)) // whole: what it goes by may stand at its end
		case "I":
			s.Include = true
		case "O":
			ours(&s, clean(name, maxString), more)
		case "S":
			s.Unit = clean(rest, maxString)
		case "V":
			s.Version = clean(rest, maxString)
		case "D":
			s.Address, s.Port = clean(name, maxString), number(strings.TrimSpace(more))
		}
	}
	if s.Global["passwordauthentication"] == "" {
		return errors.New("sshd -T did not tell its settings")
	}
	for _, name := range same {
		s.PerUser[name] = maps.Clone(s.Global)
	}
	f.SSHD = s
	return nil
}

// setting keeps one line of `sshd -T`. A keyword that comes more than once,
// such as listenaddress or allowusers, has its values joined by line breaks.
func setting(to map[string]string, line string) {
	keyword, value, _ := strings.Cut(clean(line, maxString), " ")
	if keyword == "" {
		return
	}
	if before, ok := to[keyword]; ok {
		value = before + "\n" + value
	}
	to[keyword] = value
}

func ours(s *actions.SSHD, name, line string) {
	if s.Ours == nil {
		s.Ours = map[string]string{}
	}
	s.Ours[name] += tidy(line) + "\n"
}
