package simhost

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// journal is what the services of a host have logged.
type journal struct {
	mu  sync.Mutex
	all []logged
}

type logged struct {
	at   time.Time
	unit string
	text string
}

func (j *journal) add(unit, text string) { j.addAt(time.Now(), unit, text) }

func (j *journal) addAt(at time.Time, unit, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, logged{at, unit, text})
}

func (j *journal) of(unit string) []logged {
	j.mu.Lock()
	defer j.mu.Unlock()
	var some []logged
	for _, l := range j.all {
		if unit == "" || l.unit == unit {
			some = append(some, l)
		}
	}
	return some
}

// journalctl shows what sshd logged, or the last line of a unit.
func journalctl(c *call) int {
	set, fields, bad := options(c.args[1:], "qu:n:o:", "no-pager", "since=")
	if bad != "" {
		return c.unknown(bad)
	}
	lines := c.h.journal.of(set["u"])
	if len(fields) > 0 {
		if !slices.Contains(fields, "_COMM=sshd") {
			return c.unknown("matching " + strings.Join(fields, " "))
		}
		lines = c.h.journal.of("ssh.service")
	}
	if n := count(set["n"], 0); n > 0 {
		lines = lines[max(0, len(lines)-n):]
	}
	for _, l := range lines {
		switch set["o"] {
		case "cat":
			c.printf("%s\n", l.text)
		case "short-unix":
			c.printf("%d.%06d %s sshd[%d]: %s\n", l.at.Unix(), l.at.Nanosecond()/1000, c.h.Name, c.h.sshd.pid(), l.text)
		default:
			c.printf("%s %s %s\n", l.at.UTC().Format("Jan _2 15:04:05"), c.h.Name, l.text)
		}
	}
	return 0
}

// logIn is what sshd writes about a login (session opened or refused).
func (h *Host) logIn(method, user, from string, at time.Time) {
	h.journal.addAt(at, "ssh.service", fmt.Sprintf("Accepted %s for %s from %s port 50022 ssh2", method, user, from))
}
