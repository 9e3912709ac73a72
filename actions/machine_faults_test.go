package actions_test

import (
	"errors"
	"slices"
	"time"

	"hardenbot/actions"
)

// moment counts a moment and lets happen what the schedule has for it. What it
// returns is for the call itself: "lost", "held", "throttled" or "refused".
// The fleet is locked.
func (p *daemon) moment(host, when, name string) (then string) {
	if !p.begun || p.calm || p.dead {
		return ""
	}
	p.counts[host+when]++
	for _, f := range p.Faults {
		if f.Host == slices.Index(p.names, host)+1 && f.When == when && f.N == p.counts[host+when] {
			p.met["fault "+f.What]++
			p.tell("FAULT on %s, %s of %s: %s for %s", host, when, name, f.What, f.For)
			switch f.What {
			case "lost", "held", "throttled", "refused":
				then = f.What
			default:
				p.happens(host, f)
			}
		}
	}
	return then
}

// happens lets a fault begin, and end in time.
func (p *daemon) happens(host string, f fault) {
	switch f.What {
	case "kill":
		p.kill()
		return
	case "cancel":
		p.cancel()
		return
	case "ledger":
		p.away++
		f.For = max(f.For, time.Second)
		p.after(f.For, func() { p.away-- })
		return
	}
	if p.people(host, f) {
		return
	}
	h, at := p.fleet.Host(host), p.hosts[host]
	at.idle = at.idle || f.What == "nothing" || f.What == "mended"
	switch f.What {
	case "restart":
		p.restart(h, max(f.For, time.Second))
		return
	case "drift", "mended":
		p.drifts(host, f.What)
		return
	}
	set := map[string]func(on bool){
		"down":      func(on bool) { h.Down = on },
		"nothing":   func(on bool) { h.Ignore = on },
		"fail":      func(on bool) { h.Fails = on },
		"stuck":     func(on bool) { h.Stuck = on },
		"unwell":    func(on bool) { h.Unwell = errorIf(on, "/health answers 503") },
		"no login":  func(on bool) { at.noLogin = on },
		"no return": func(on bool) { h.NoReturn = errorIf(on, "target is unhealthy") },
		"dropped":   func(on bool) { at.dropped = on },
		"slow":      func(on bool) { h.Takes = map[bool]time.Duration{true: max(f.For, 30*time.Second)}[on] },
	}[f.What]
	set(true)
	if f.For > 0 {
		p.after(f.For, func() { set(false) })
	}
}

func errorIf(on bool, says string) error {
	if on {
		return errors.New(says)
	}
	return nil
}

// drifts has somebody change the host while the run has not come to it.
func (p *daemon) drifts(host, what string) {
	h := p.fleet.Host(host)
	switch {
	case p.hosts[host].touched || p.called || p.hosts[host].breaks != "":
	case what == "drift":
		h.Facts.SSHD.Global[passwords] = "maybe"
	default:
		h.Facts.SSHD.Global[passwords] = "no"
	}
}

// people does what people may do at any time.
func (p *daemon) people(host string, f fault) bool {
	var do func()
	switch f.What {
	case "stop":
		do = func() { p.stopAll(max(f.For, time.Second)) }
	case "abort":
		do = func() { _ = p.approver().Abort(p.ctx, alice, p.firstRun(), "it looks odd") }
	case "plan":
		do = func() { p.another(p.fleet.Inventory()) }
	case "some":
		all := p.fleet.Inventory()
		one := slices.IndexFunc(all, func(h actions.Host) bool { return h.Name == host })
		if p.called {
			return p.people(host, fault{What: "plan"}) // whom else it affects, it says, and does not prove
		}
		do = func() { p.another(all[one : one+1]) }
	default:
		return false
	}
	p.work.Add(1)
	p.later(func() {
		defer p.work.Done()
		do()
	})
	return true
}

// stopAll keeps all changes from being begun, for a while.
func (p *daemon) stopAll(while time.Duration) {
	if _, err := p.approver().Stop(p.ctx, alice, "C0SEC", "wait"); err != nil {
		return
	}
	time.Sleep(while)
	for p.approver().Lift(p.ctx, bob) != nil && !p.isDead() {
		time.Sleep(time.Second)
		if all, err := p.approver().Stopped(p.ctx); err == nil && all == nil {
			return
		}
	}
}

// after does something to the locked fleet after a while.
func (w *world) after(while time.Duration, do func()) {
	time.AfterFunc(while, func() {
		w.fleet.Lock()
		defer w.fleet.Unlock()
		do()
	})
}

// later does something aside, a little later.
func (w *world) later(do func()) {
	w.zombies.Go(func() {
		time.Sleep(11 * time.Second)
		do()
	})
}
