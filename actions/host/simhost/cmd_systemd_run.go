package simhost

import (
	"context"
	"slices"
	"strings"
	"time"
)

// systemdRun begins a transient unit: --unit=NAME, --on-active=TIME, COMMAND.
func systemdRun(c *call) int {
	args := c.args[1:]
	name, after := "run", time.Duration(0)
	for len(args) > 0 && strings.HasPrefix(args[0], "--") {
		option, value, _ := strings.Cut(args[0], "=")
		args = args[1:]
		switch option {
		case "--unit":
			name = value
		case "--on-active":
			d, err := seconds(value)
			if err != nil {
				return c.unknown("the time " + value)
			}
			after = d
		case "--quiet", "--collect", "--timer-property", "--":
		default:
			return c.unknown(option)
		}
		if option == "--" {
			break
		}
	}
	command := slices.Clone(args)
	err := c.h.units.transient(name, after, func(ctx context.Context) {
		p := c.h.start(&process{ppid: 1, name: "systemd", unit: name + ".service"}, strings.Join(command, " "))
		defer p.exit()
		out := &journalWriter{c.h, name}
		other := call{process: p, ctx: ctx, args: command, in: strings.NewReader(""), out: out, err: out, dir: "/"}
		other.run()
	})
	if err != nil {
		return c.fail("%s", err)
	}
	return 0
}

// journalWriter has what a unit prints go to the journal.
type journalWriter struct {
	h    *Host
	unit string
}

func (w *journalWriter) Write(p []byte) (int, error) {
	w.h.journal.add(w.unit, strings.TrimSpace(string(p)))
	return len(p), nil
}
