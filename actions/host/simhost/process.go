package simhost

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"time"
)

// process is one of the host's: a service, or a shell. What proc(5) tells of it
// lies in /proc as files.
type process struct {
	h         *Host
	pid, ppid int
	group     int // process group and session
	name      string
	uid       int
	unit      string
	end       context.CancelFunc // ends it; nil for a service, which its unit ends

	mu    sync.Mutex
	mask  int
	fds   map[string]io.Writer // from 3 on, by their number
	locks map[string]func()    // by the descriptor that holds them
}

// processes are those of a host.
type processes struct {
	mu   sync.Mutex
	last int
	all  map[int]*process
}

// ticksPerSecond is what getconf CLK_TCK says.
const ticksPerSecond = 100

// start makes a process. The title is its command line.
func (h *Host) start(p *process, title string) *process {
	h.procs.mu.Lock()
	if p.pid == 0 {
		h.procs.last++
		p.pid = h.procs.last
	}
	h.procs.mu.Unlock()
	p.h, p.mask = h, 0o022
	p.fds, p.locks = map[string]io.Writer{}, map[string]func(){}
	if p.group == 0 {
		p.group = p.pid
	}
	dir := fmt.Sprintf("/proc/%d/", p.pid)
	ticks := int(time.Since(h.booted).Seconds() * ticksPerSecond)
	fields := fmt.Sprintf("%d (%.15s) S %d %d %d 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d%s\n",
		p.pid, p.name, p.ppid, p.group, p.group, ticks, strings.Repeat(" 0", 30))
	for file, text := range map[string]string{
		"stat": fields, "comm": p.name + "\n", "cmdline": strings.ReplaceAll(title, " ", "\x00") + "\x00",
		"status": fmt.Sprintf("Name:\t%s\nPPid:\t%d\nUid:\t%d\t%[3]d\t%[3]d\t%[3]d\n", p.name, p.ppid, p.uid),
		"cgroup": "0::/system.slice/" + p.unit + "\n", "maps": h.maps(p.unit),
	} {
		h.must(h.files.write(dir+file, text, 0o644))
	}
	h.procs.mu.Lock()
	defer h.procs.mu.Unlock()
	h.procs.all[p.pid] = p
	return p
}

// exit ends what the process holds.
func (p *process) exit() {
	p.mu.Lock()
	for _, release := range p.locks {
		release()
	}
	p.locks = map[string]func(){}
	p.mu.Unlock()
	p.h.procs.mu.Lock()
	delete(p.h.procs.all, p.pid)
	p.h.procs.mu.Unlock()
	_ = p.h.files.remove(fmt.Sprintf("/proc/%d", p.pid), true) // it is there
}

// list returns the processes for which which is true.
func (h *Host) list(which func(*process) bool) []*process {
	h.procs.mu.Lock()
	defer h.procs.mu.Unlock()
	var all []*process
	for _, p := range h.procs.all {
		if which(p) {
			all = append(all, p)
		}
	}
	return all
}

// name makes what a process calls a file absolute, and /proc/self its own.
func (p *process) path(dir, name string) string {
	if !path.IsAbs(name) {
		name = dir + "/" + name
	}
	if rest, self := strings.CutPrefix(path.Clean(name), "/proc/self"); self && (rest == "" || rest[0] == '/') {
		return fmt.Sprintf("/proc/%d%s", p.pid, rest)
	}
	return name
}

func (p *process) fd(n string) io.Writer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fds[n]
}

func (p *process) setFD(n string, w io.Writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fds[n] = w
}
