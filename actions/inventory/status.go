package inventory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// Status is what a live inventory knows, and since when.
type Status struct {
	Name    string        // of the source; empty if there is none
	Static  int           // hosts of the configuration
	Listed  int           // hosts of the source besides them
	Away    []Away        // not running, sorted by name
	Refused []string      // sentences: what the source has and cannot be a host
	Read    time.Time     // when the source was asked for all that; zero for never
	Age     time.Duration // since then
	Err     error         // why the last attempt to read it failed; nil if it did not

	maxAge time.Duration
}

// Status returns what is known now.
func (l *Live) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Status{
		Static: len(l.cfg.Static), Listed: l.hosts.listed, Away: slices.Clone(l.hosts.away),
		Refused: slices.Clone(l.hosts.refused), Read: l.read, Err: l.err, maxAge: l.cfg.MaxAge,
	}
	if l.cfg.Source != nil {
		s.Name = l.cfg.Name
	}
	if !l.read.IsZero() {
		s.Age = time.Since(l.read)
	}
	return s
}

// Doubt says in a part of a sentence why the hosts may be others than those
// that are known; it is empty while there is no reason to think so.
func (s Status) Doubt() string {
	why := "no answer yet"
	if s.Err != nil {
		why = strings.ReplaceAll(s.Err.Error(), "\n", " ")
	}
	switch {
	case s.Name == "" || !s.Read.IsZero() && s.Err == nil && s.Age <= s.maxAge:
		return ""
	case s.Read.IsZero():
		return fmt.Sprintf("the %s inventory could not be read, so only the hosts of the configuration are known: %s", s.Name, why)
	}
	return fmt.Sprintf("the %s inventory is %s old and could not be read again: %s", s.Name, s.Age.Round(time.Second), why)
}

// LeftOut returns what the pattern would name if it were running. What is gone
// for good is not missed.
func (s Status) LeftOut(pattern string) []Away {
	p, err := ParsePattern(pattern)
	if err != nil {
		return nil // Select has said so
	}
	return slices.DeleteFunc(slices.Clone(s.Away), func(a Away) bool {
		return a.Gone || !p.Match(actions.Host{Name: a.Name, Groups: a.Groups})
	})
}

// Unfit returns the sentences about what the source has and cannot be a host.
// Any of it may be what the pattern means, unless that has names alone: each of
// them has to be a host's.
func (s Status) Unfit(pattern string) []string {
	p, err := ParsePattern(pattern)
	if err != nil || p.namesOnly() {
		return nil
	}
	return s.Refused
}

func (p Pattern) namesOnly() bool {
	return !slices.ContainsFunc(p.parts, func(part part) bool {
		return !part.exclude && slices.ContainsFunc(part.terms, func(t term) bool { return t.group || !t.literal() })
	})
}

// Doubts implements actions.Doubtful.
func (l *Live) Doubts(pattern string) []string {
	s := l.Status()
	var says []string
	if doubt := s.Doubt(); doubt != "" {
		says = append(says, doubt)
	}
	if n := len(s.LeftOut(pattern)); n == 1 {
		says = append(says, "1 host that the pattern names does not run and was left out")
	} else if n > 1 {
		says = append(says, fmt.Sprintf("%d hosts that the pattern names do not run and were left out", n))
	}
	if n := len(s.Unfit(pattern)); n > 0 {
		says = append(says, unfit(n, s.Name))
	}
	return says
}

// unfit counts the sentences: one may be about several instances.
func unfit(n int, source string) string {
	if n == 1 {
		return fmt.Sprintf("at least 1 instance of %s could not be made a host and may be missing: `hardenbot config check` names it", source)
	}
	return fmt.Sprintf("at least %d instances of %s could not be made hosts and may be missing: `hardenbot config check` names them", n, source)
}

// tell logs what a reading brought.
func (l *Live) tell(s Status) {
	if s.Err != nil {
		l.log.Error("the inventory could not be read", "source", s.Name, "err", s.Err, "age", s.Age.Round(time.Second), "hosts", s.Static+s.Listed)
		return
	}
	l.log.Info("the inventory was read", "source", s.Name, "hosts", s.Listed, "away", len(s.Away))
	for _, why := range s.Refused {
		l.log.Warn("this is no host", "source", s.Name, "why", why)
	}
}
