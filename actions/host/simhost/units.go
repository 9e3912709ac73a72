package simhost

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Unit is a service or a timer of a host.
type Unit struct {
	Name     string
	Process  string   // its main process
	Active   bool     // when the host begins
	Disabled bool     // it does not start at boot
	Listens  []string // such as "tcp 0.0.0.0:80", "tcp [::]:80", "tcp *:9100"
	Maps     []string // the libraries that it uses
	Needs    []string // the units without which its health is bad
}

type unit struct {
	Unit
	active  bool
	failed  bool
	enabled string // enabled, disabled, static
	masked  string // masked, masked-runtime, or ""
	pid     int
	process *process
	stale   bool // a library that it maps was replaced
	stop    context.CancelFunc
}

// units is what systemd knows.
type units struct {
	h   *Host
	mu  sync.Mutex
	all map[string]*unit
}

func (u *units) add(def Unit) {
	enabled := "enabled"
	if def.Disabled {
		enabled = "disabled"
	}
	u.mu.Lock()
	u.all[def.Name] = &unit{Unit: def, enabled: enabled}
	u.mu.Unlock()
}

// unitAliases are Debian's.
var unitAliases = map[string]string{"sshd.service": "ssh.service", "mysql.service": "mariadb.service"}

func (u *units) find(name string) *unit {
	if !strings.Contains(name, ".") {
		name += ".service"
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if alias := unitAliases[name]; alias != "" {
		name = alias
	}
	return u.all[name]
}

// running returns the active ones, sorted by their names.
func (u *units) running() []*unit {
	u.mu.Lock()
	defer u.mu.Unlock()
	var all []*unit
	for _, x := range u.all {
		if x.active {
			all = append(all, x)
		}
	}
	slices.SortFunc(all, func(a, b *unit) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// listening finds who listens on the TCP port.
func (u *units) listening(port string) *unit {
	for _, x := range u.running() {
		for _, l := range x.Listens {
			if strings.HasPrefix(l, "tcp ") && strings.HasSuffix(l, ":"+port) {
				return x
			}
		}
	}
	return nil
}

// healthy reports whether every running service has what it needs.
func (h *Host) healthy() bool {
	for _, u := range h.units.running() {
		for _, need := range u.Needs {
			if n := h.units.find(need); n == nil || !n.active {
				return false
			}
		}
	}
	return true
}

var errMasked = errors.New("unit is masked")

func (u *units) start(x *unit) error {
	if x.masked != "" {
		return errMasked
	}
	if x.active {
		return nil
	}
	x.failed, x.stale = false, false
	switch {
	case x.Name == "ssh.service":
		pid, err := u.h.sshd.start()
		if err != nil {
			x.failed = true
			u.h.journal.add(x.Name, err.Error())
			return err
		}
		x.pid = pid
	case strings.HasSuffix(x.Name, ".service"):
		x.process = u.h.start(&process{ppid: 1, name: x.Process, unit: x.Name}, x.Process)
		x.pid = x.process.pid
	}
	x.active = true
	if x.Name == "fail2ban.service" {
		u.h.fail2ban.start()
	}
	return nil
}

func (u *units) halt(x *unit) {
	if !x.active {
		return
	}
	x.active = false
	switch {
	case x.stop != nil:
		x.stop()
	case x.Name == "ssh.service":
		u.h.sshd.stop()
	case x.process != nil:
		x.process.exit()
	}
	if x.Name == "fail2ban.service" {
		u.h.fail2ban.stop()
	}
	x.pid = 0
}

// transient runs a command once, or after a time, as systemd-run does. It
// survives the session that asked for it.
func (u *units) transient(name string, after time.Duration, run func(context.Context)) error {
	service := name + ".service"
	begin := func(ctx context.Context) {
		u.set(service, &unit{Unit: Unit{Name: service}, active: true, enabled: "transient"})
		run(ctx)
		u.set(service, nil)
	}
	ctx, stop := context.WithCancel(u.h.ctx)
	if after == 0 {
		u.h.running.Go(func() { defer stop(); begin(ctx) })
		return nil
	}
	timer := name + ".timer"
	if x := u.find(timer); x != nil && x.active {
		stop()
		return fmt.Errorf("unit %s was already loaded or has a fragment file", timer)
	}
	u.set(timer, &unit{Unit: Unit{Name: timer}, active: true, enabled: "transient", stop: stop})
	u.h.running.Go(func() {
		defer stop()
		clock := time.NewTimer(after)
		defer clock.Stop()
		select {
		case <-ctx.Done():
			u.set(timer, nil)
			return
		case <-clock.C:
		}
		// What the timer has begun goes on when the timer is stopped.
		begin(u.h.ctx)
		u.set(timer, nil)
	})
	return nil
}

func (u *units) set(name string, x *unit) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if x == nil {
		delete(u.all, name)
		return
	}
	u.all[name] = x
}
