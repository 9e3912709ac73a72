package actions_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// world is a fleet with its ledger, in which a schedule takes its course. The
// fleet's lock guards all of it.
type world struct {
	schedule
	kind
	fleet  *actionstest.Fleet
	ledger *actionstest.Ledger
	names  []string
	hosts  map[string]*place
	now    *daemon // the last one that was started
	began  time.Time
	first  settings       // of every host, before anything was done
	counts map[string]int // moments so far, by host and kind
	begun  bool           // faults may happen
	calm   bool           // no fault begins any more
	away   int            // why the ledger cannot be written

	runs    map[string]actions.Run  // as committed last
	plans   map[string]actions.Plan // of the runs
	begins  map[string]map[string]settings
	undone  map[string]bool // "run host" that was put back
	bodies  map[string]int  // "run host step" that began and was not cut off
	entries map[string]int  // of the trail, see what the promises ask for
	todo    []string        // what people are still to do
	zombies sync.WaitGroup

	met   map[string]int // what happened, by name
	story []string
	wrong string // the first promise that was broken
}

// place is what the schedule knows of a host.
type place struct {
	noLogin, dropped bool
	touched          bool   // a change has begun there
	idle             bool   // a script may have ended well there and done nothing, or somebody has done it
	late             bool   // an undo came after its run had given it up
	seen             string // its setting, when it was read last
	unwell           bool   // when it was checked last
	breaks           string // by the change
}

func newWorld(s schedule) *world {
	w := &world{
		schedule: s, kind: kinds[s.Kind], ledger: actionstest.NewLedger(), hosts: map[string]*place{}, began: time.Now(),
		counts: map[string]int{}, runs: map[string]actions.Run{}, plans: map[string]actions.Plan{},
		begins: map[string]map[string]settings{}, todo: s.After, undone: map[string]bool{}, met: map[string]int{}, bodies: map[string]int{}, entries: map[string]int{},
	}
	for i, breaks := range s.Breaks {
		name := fmt.Sprintf("web-%d", i+1)
		w.names = append(w.names, name)
		w.hosts[name] = &place{breaks: breaks}
	}
	w.fleet = actionstest.NewFleet(w.names...)
	w.fleet.Spare, w.fleet.Trace = s.Spare, w.sees
	for _, name := range w.names {
		w.furnish(w.fleet.Host(name))
	}
	w.first = w.settings(w.names[0])
	return w
}

// furnish makes a host one of the schedule's.
func (w *world) furnish(h *actionstest.Host) {
	h.Serves = w.Balanced
	h.Facts.SSHD.Global["banner"] = "welcome"
	h.Facts.Host.Declared.Health = []actions.HealthCheck{{URL: "http://localhost/health", Status: 200}}
	h.Restarts = func(h *actionstest.Host) {
		w.after(2*time.Second, func() { w.restart(h, 30*time.Second) }) // as reboot_soon has it
	}
	if w.called {
		h.Facts.Cloud = &actions.Cloud{Interfaces: []actions.Interface{{Groups: []actions.SecurityGroup{{
			ID: "sg-1", Rules: []actions.IngressRule{{Group: "sg-1", Proto: "tcp", From: 3306, To: 3306, CIDR: everybody}},
		}}}}}
	}
}

// pace is how long a call of that host takes: no two hosts move at once.
func (w *world) pace(host string) time.Duration {
	return time.Duration(7+3*slices.Index(w.names, host)) * time.Millisecond
}

// tell adds a line to the story.
func (w *world) tell(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf("%9.3f  ", time.Since(w.began).Seconds())+fmt.Sprintf(format, args...))
}

// wrongs notes that a promise was broken. Only the first counts.
func (w *world) wrongs(format string, args ...any) {
	if w.wrong == "" {
		w.wrong = format // the same for each schedule that breaks it, so that rapid can shrink them
		w.tell("BROKEN: "+format, args...)
	}
}

// settings is what a change changes: of a host, and of its security group.
type settings map[string]string

func (w *world) settings(host string) settings {
	h := w.fleet.Host(host)
	all := settings(maps.Clone(h.Facts.SSHD.Global))
	if h.Facts.Cloud != nil {
		for _, r := range h.Facts.Cloud.Interfaces[0].Groups[0].Rules {
			all["rule "+r.CIDR] = "in"
		}
	}
	return all
}

// changed is how the settings are to be once the change is made.
func (w *world) changed(before settings) settings {
	after := maps.Clone(before)
	if w.called {
		delete(after, "rule "+everybody)
		after["rule "+internal] = "in"
	}
	maps.Copy(after, w.kind.settings)
	return after
}

// broken reports whether the change has broken that on the host, as long as it
// is there.
func (w *world) broken(host, what string) bool {
	if w.hosts[host].breaks != what {
		return false
	}
	is := w.settings(host)
	if w.called {
		return is["rule "+everybody] == ""
	}
	return is[passwords] == "no"
}

// restart takes the host away for a while.
func (w *world) restart(h *actionstest.Host, away time.Duration) {
	h.Shutdown()
	time.AfterFunc(away, func() {
		w.fleet.Lock()
		defer w.fleet.Unlock()
		h.Boot()
	})
}
