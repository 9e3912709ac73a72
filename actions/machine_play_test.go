package actions_test

import (
	"slices"
	"time"

	"hardenbot/actions"
)

// play lets the schedule take its course, and returns the world as it is in the
// end. Call it in a bubble of synctest.
func (s schedule) play() *world {
	w := newWorld(s)
	p := w.start()
	run := p.approved(w.fleet.Inventory())
	w.begun = true
	p.live(func(p *daemon) { p.follow(run) })
	for lives := 0; p.isDead() && lives < 6; lives++ {
		time.Sleep(time.Duration(7+20*lives) * time.Second)
		p = w.start()
		p.live(func(p *daemon) {
			p.recover()
			p.follow("")
		})
	}
	w.settle()
	w.judge()
	return w
}

// live does something until it is done or the process has died.
func (p *daemon) live(do func(*daemon)) {
	done := make(chan struct{})
	p.zombies.Go(func() {
		defer close(done)
		do(p)
		p.work.Wait()
	})
	select {
	case <-done:
	case <-p.died:
	}
	p.cancel()
}

func (p *daemon) isDead() bool {
	p.fleet.Lock()
	defer p.fleet.Unlock()
	return p.dead
}

// firstRun is the id of the run that was started last.
func (p *daemon) firstRun() string {
	p.fleet.Lock()
	defer p.fleet.Unlock()
	var newest actions.Run
	for _, run := range p.runs {
		if run.Started.After(newest.Started) {
			newest = run
		}
	}
	return newest.ID
}

// another plans for the hosts once more, whatever goes on, and carries it out if
// somebody may approve it now.
func (p *daemon) another(hosts []actions.Host) { p.carryOut(p.approved(hosts)) }

// carryOut executes a run. Where the ledger failed in the middle, the run is
// taken up once it works again.
func (p *daemon) carryOut(run string) {
	if run == "" {
		return
	}
	_, err := p.roller().Execute(p.ctx, run)
	for tries := 0; err != nil && tries < 500 && !p.isDead(); tries++ {
		time.Sleep(5 * time.Second)
		p.anew()
		_, err = p.roller().TakeUp(p.ctx, run)
	}
}

// anew lets the trail tell once more of what is looked at once more.
func (p *daemon) anew() {
	p.fleet.Lock()
	defer p.fleet.Unlock()
	clear(p.told)
}

// recover is what a process does when it starts.
func (p *daemon) recover() {
	for tries := 0; tries < 500 && !p.isDead(); tries++ {
		p.anew()
		if _, err := p.roller().Recover(p.ctx); err == nil {
			return
		}
		time.Sleep(5 * time.Second)
	}
}

// follow carries out the run, and then what people do one after the other.
func (p *daemon) follow(run string) {
	p.carryOut(run)
	for {
		switch p.next() {
		case "":
			return
		case "wait":
			time.Sleep(10 * time.Minute)
			_, _ = p.roller().Revisit(p.ctx)
		case "plan":
			p.another(p.fleet.Inventory())
		case "kill":
			p.fleet.Lock()
			p.kill()
			p.fleet.Unlock()
		case "resume":
			p.resume(false)
		case "retry":
			p.resume(true)
		}
	}
}

// next is what people do now, or "" if that is nothing more.
func (p *daemon) next() (what string) {
	p.fleet.Lock()
	defer p.fleet.Unlock()
	if len(p.todo) > 0 && !p.dead {
		what, p.todo = p.todo[0], p.todo[1:]
	}
	return what
}

// resume goes on with the newest run, or tries its hosts again.
func (p *daemon) resume(retry bool) {
	last := p.firstRun()
	c := actions.Continue{Run: last, Who: bob}
	p.fleet.Lock()
	for _, h := range p.runs[last].Hosts {
		if retry && h.State.Ended() && !h.State.Good() {
			c.Hosts = append(c.Hosts, h.Host)
		}
	}
	p.fleet.Unlock()
	slices.Sort(c.Hosts)
	if _, run, err := p.approver().Resume(p.ctx, c); err == nil {
		p.carryOut(run.ID)
	}
}

// settle lets everything heal that heals, switches fire and processes end, and
// has hardenbot look again until nothing changes.
func (w *world) settle() {
	w.fleet.Lock()
	w.calm = true
	w.fleet.Unlock()
	w.zombies.Wait()
	time.Sleep(3 * time.Hour)
	p := w.start()
	p.live(func(p *daemon) {
		p.recover()
		for range 4 {
			time.Sleep(time.Hour)
			if back, err := p.roller().Revisit(p.ctx); err == nil && len(back) == 0 {
				return
			}
		}
	})
	w.zombies.Wait()
}
