package host

import (
	"strings"

	"hardenbot/actions"
)

// parseFail2ban reads the answers of fail2ban-client, each after a line with
// "> " and its question.
func parseFail2ban(text string, f *actions.Facts) error {
	answers := map[string][]string{}
	question := ""
	for line := range strings.Lines(text) {
		if q, ok := strings.CutPrefix(line, "> "); ok {
			question = strings.TrimSpace(q)
			continue
		}
		if line = clean(line, 16*maxString); line != "" {
			answers[question] = append(answers[question], line)
		}
	}
	status, running := answers["status"]
	if !running {
		return nil
	}
	sshd := answers["status sshd"]
	f.Fail2ban = actions.Fail2ban{
		Running:  true,
		Jails:    words(after(status, "Jail list:"), ","),
		Matches:  matches(answers["get sshd journalmatch"]),
		IgnoreIP: items(answers["get sshd ignoreip"]),
		Banned:   words(after(sshd, "Banned IP list:"), " "),
		Backend:  backend(sshd),
	}
	return nil
}

// matches returns the lines after "Current match filter:", if there is one.
func matches(lines []string) []string {
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "Current match filter") {
		return nil
	}
	return lines[1:]
}

// backend tells from what a jail watches how it does: fail2ban-client has no
// question for it.
func backend(status []string) string {
	for _, line := range status {
		switch {
		case strings.Contains(line, "Journal matches:"):
			return "systemd"
		case strings.Contains(line, "File list:"):
			return "file"
		}
	}
	return ""
}

// after returns what follows the label in one of the lines.
func after(lines []string, label string) string {
	for _, line := range lines {
		if _, rest, ok := strings.Cut(line, label); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// items returns the entries of a list drawn with |- and `-.
func items(lines []string) []string {
	var list []string
	for _, line := range lines {
		for _, branch := range []string{"|- ", "`- "} {
			if item, ok := strings.CutPrefix(line, branch); ok {
				list = append(list, strings.TrimSpace(item))
			}
		}
	}
	return list
}

// words splits and leaves out empty parts.
func words(s, by string) []string {
	var list []string
	for word := range strings.SplitSeq(s, by) {
		if word = strings.TrimSpace(word); word != "" {
			list = append(list, word)
		}
	}
	return list
}
