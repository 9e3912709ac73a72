package actionstest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// does reports whether the fake host understands the line.
func does(words []string) bool {
	switch {
	case len(words) == 3 && words[0] == "set" && words[1] != "+e", len(words) == 3 && words[0] == "at_boot":
		return true
	case len(words) == 2 && (words[0] == "keep" || words[0] == "restore"):
		return true
	case len(words) == 2 && words[0] == "exit":
		return words[1] != `"$undo_failed"`
	}
	return len(words) > 0 && words[0] == "reboot_soon"
}

// do carries out one line of a script, and returns its exit status.
func (h *Host) do(s *script, words []string) int {
	switch {
	case words[0] == "exit":
		return 1
	case words[0] == "reboot_soon":
		h.rebootSoon(words[1:])
	case words[0] == "keep":
		h.keep(s.Run, words[1])
	case h.Ignore && !s.Undo:
	case words[0] == "restore":
		h.restore(s.Run, words[1])
	case words[0] == "at_boot":
		h.next[words[1]] = words[2]
	default:
		h.Facts.SSHD.Global[words[1]] = words[2]
	}
	return 0
}

func (h *Host) keep(run, keyword string) {
	if h.kept[run] == nil {
		h.kept[run] = map[string]any{}
	}
	if _, first := h.kept[run][keyword]; first {
		return // the first one wins
	}
	h.kept[run][keyword] = nil
	if value, is := h.Facts.SSHD.Global[keyword]; is {
		h.kept[run][keyword] = value
	}
}

func (h *Host) restore(run, keyword string) {
	switch was, kept := h.kept[run][keyword]; {
	case !kept:
	case was == nil:
		delete(h.Facts.SSHD.Global, keyword)
	default:
		h.Facts.SSHD.Global[keyword] = was.(string)
	}
}

func (h *Host) bootID() string { return fmt.Sprintf("boot-%d", h.boots) }

// rebootSoon has the host restarted once the script has ended, unless it is in
// another boot than the one to be left.
func (h *Host) rebootSoon(boot []string) {
	h.due = len(boot) == 0 || strings.Trim(boot[0], "'") == h.bootID()
}

func (h *Host) restartIfDue() {
	switch {
	case !h.due:
	case h.Restarts != nil:
		h.due = false
		h.Restarts(h)
	default:
		h.due = false
		h.Restart()
	}
}

// Restart makes it another boot at once. Lock the fleet.
func (h *Host) Restart() {
	h.Shutdown()
	h.Boot()
}

// Shutdown cuts off what runs on the host, which then is away. Lock the fleet.
func (h *Host) Shutdown() {
	h.off, h.due = true, false
	for _, run := range slices.Sorted(maps.Keys(h.running)) {
		h.cutOff(run)
	}
}

// Boot brings the host up again. A switch that was waiting puts it back, as does
// one whose undo was cut off. Lock the fleet.
func (h *Host) Boot() {
	h.off = false
	h.boots++
	h.fleet.trace(Effect{Host: h.Facts.Host.Name, What: "restart"})
	maps.Copy(h.Facts.SSHD.Global, h.next)
	for _, run := range slices.Sorted(maps.Keys(h.switches)) {
		h.switches[run].boot()
	}
}
