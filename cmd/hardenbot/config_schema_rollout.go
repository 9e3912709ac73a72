package main

import (
	"time"

	"github.com/goccy/go-yaml/ast"

	"hardenbot/actions"
	"hardenbot/actions/calendar"
)

func (s schema) rollout() into {
	r := &s.cfg.Rollout
	return s.mapping(map[string]into{
		"proof_time":       s.duration(&s.cfg.ProofTime, 10*time.Second, 15*time.Minute),
		"canary":           s.number(&r.Canary, 1, 1000),
		"max_unavailable":  s.share(&r.MaxUnavailable),
		"min_healthy":      s.share(&r.MinHealthy),
		"healthy_in_a_row": s.number(&r.InARow, 1, 20),
		"healthy_within":   s.duration(&r.HealthyWithin, time.Second, time.Hour),
		"soak":             s.duration(&r.Soak, time.Second, time.Hour),
		"remind":           s.duration(&s.cfg.Remind, time.Minute, 7*24*time.Hour),
		"windows":          s.filled(s.list(s.window)),
		"freezes":          s.list(s.freeze),
	})
}

// share reads a number of hosts, or a part of them in percent.
func (s schema) share(to *actions.Share) into {
	return func(n ast.Node) {
		_, number := n.(*ast.IntegerNode)
		_, text := n.(*ast.StringNode)
		if !text && (!number || !decimal.MatchString(n.GetToken().Value)) {
			s.wrong(n, `a number of hosts such as 2, or a part of them such as "25%"`)
			return
		}
		share, err := actions.ParseShare(n.GetToken().Value)
		if err != nil {
			s.bad(n, "%s", err)
			return
		}
		*to = share
	}
}

func (s schema) window(n ast.Node) {
	w := calendar.Window{Zone: time.UTC}
	s.mapping(map[string]into{
		"allow": s.text(new(string), func(typed string) (err error) {
			w.Allow, err = calendar.ParseSchedule(typed)
			return err
		}),
		"for":  s.duration(&w.For, calendar.MinWindow, calendar.MaxWindow),
		"zone": s.zone(&w.Zone),
	})(n)
	s.required(n, "allow", "for")
	s.cfg.Calendar.Windows = append(s.cfg.Calendar.Windows, w)
}

func (s schema) freeze(n ast.Node) {
	var from, until string
	var fromLine, untilLine int
	f, zone, before := calendar.Freeze{}, time.UTC, len(s.problems)
	s.mapping(map[string]into{
		"from":  at(&fromLine, s.text(&from)),
		"until": at(&untilLine, s.text(&until)),
		"zone":  s.zone(&zone),
		"why":   s.text(&f.Why, checkWords),
	})(n)
	if s.required(n, "from", "until"); len(s.problems) > before {
		return
	}
	var err error
	if f.From, err = calendar.ParseFrom(from, zone); err != nil {
		s.problem(fromLine, "from: %s", err)
	}
	if f.Until, err = calendar.ParseUntil(until, zone); err != nil {
		s.problem(untilLine, "until: %s", err)
	}
	if len(s.problems) == before && !f.From.Before(f.Until) {
		s.problem(untilLine, "until: %s is not after from (%s): a date as until still belongs to the freeze, a time does not", until, from)
	}
	s.cfg.Calendar.Freezes = append(s.cfg.Calendar.Freezes, f)
}

func (s schema) zone(to **time.Location) into {
	return s.text(new(string), func(typed string) error {
		zone, err := calendar.ParseZone(typed)
		if err == nil {
			*to = zone
		}
		return err
	})
}
