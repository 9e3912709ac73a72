package simhost

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"mvdan.cc/sh/v3/expand"
)

// call is one command that runs on the host.
type call struct {
	*process
	ctx  context.Context
	args []string // its name first
	in   io.Reader
	out  io.Writer
	err  io.Writer
	dir  string
	env  expand.Environ
}

// command is what a program of the host does. It returns the exit status.
type command func(*call) int

// run runs the command. One that the host has not fails as the shell says it.
func (c *call) run() int {
	do := c.h.command(c.args[0])
	if do == nil {
		fmt.Fprintf(c.err, "sh: 1: %s: not found\n", c.args[0])
		return 127
	}
	return do(c)
}

// command finds what a name, or a path in one of the usual directories, runs.
func (h *Host) command(name string) command {
	if strings.Contains(name, "/") {
		if !strings.Contains(":"+defaultPath+":", ":"+path.Dir(name)+":") {
			return nil
		}
		name = path.Base(name)
	}
	if from, packaged := broughtBy[name]; packaged && h.packages.installed(from) == "" {
		return nil
	}
	return h.commands[name]
}

// exec runs another command in place of this one.
func (c *call) exec(args ...string) int {
	other := *c
	other.args = args
	return other.run()
}

// output runs another command and returns what it prints.
func (c *call) output(args ...string) string {
	var out bytes.Buffer
	other := *c
	other.args, other.out = args, &out
	other.run()
	return out.String()
}

func (c *call) printf(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// fail says what is wrong, after the command's name.
func (c *call) fail(format string, args ...any) int {
	fmt.Fprintf(c.err, "%s: %s\n", path.Base(c.args[0]), fmt.Sprintf(format, args...))
	return 1
}

// unknown refuses what is not simulated, so that nobody takes it for done.
func (c *call) unknown(what string) int {
	fmt.Fprintf(c.err, "%s: %s is not simulated here\n", path.Base(c.args[0]), what)
	return 2
}

// abs is the absolute name of a file that the command was given.
func (c *call) abs(name string) string { return c.path(c.dir, name) }

// inputs opens the operands, or standard input where there are none. What
// cannot be opened is told, and counts as a failure.
func (c *call) inputs(names []string, each func(name string, r io.Reader)) int {
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := 0
	for _, name := range names {
		if name == "-" {
			each(name, c.in)
			continue
		}
		f, err := c.open(c.abs(name), os.O_RDONLY, 0)
		if err == nil {
			if info, _ := f.Stat(); info != nil && info.IsDir() {
				_ = f.Close()
				err = fmt.Errorf("%s: Is a directory", name)
			}
		}
		if err != nil {
			c.complain(name, err)
			status = 1
			continue
		}
		each(name, f)
		_ = f.Close()
	}
	return status
}

// complain says an error about a file as coreutils do.
func (c *call) complain(name string, err error) int { return c.fail("%s: %s", name, reason(err)) }

func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// lines calls each with every line of the operands, without its end.
func (c *call) lines(names []string, each func(line string) bool) int {
	on := true
	return c.inputs(names, func(_ string, r io.Reader) {
		b := bufio.NewReader(r)
		for on {
			line, err := b.ReadString('\n')
			if line == "" && err != nil {
				return
			}
			on = each(strings.TrimSuffix(line, "\n"))
		}
	})
}

// options reads options as getopt(3) does. spec has the letters, a colon after
// those with a value; long ones are given as "name" or "name=". What it does not
// know it returns as bad.
func options(args []string, spec string, long ...string) (set map[string]string, rest []string, bad string) {
	set = map[string]string{}
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return set, append(rest, args[i+1:]...), bad
		case strings.HasPrefix(a, "--"):
			name, value, given := strings.Cut(a[2:], "=")
			switch {
			case given && has(long, name+"="):
			case has(long, name+"=") && i+1 < len(args):
				i++
				value = args[i]
			case !given && has(long, name):
			default:
				bad = a
			}
			set[name] = value
		case len(a) > 1 && a[0] == '-':
			for j := 1; j < len(a); j++ {
				at := strings.IndexByte(spec, a[j])
				if at < 0 || a[j] == ':' {
					bad = "-" + a[j:j+1]
					continue
				}
				if at+1 < len(spec) && spec[at+1] == ':' {
					value := a[j+1:]
					if value == "" && i+1 < len(args) {
						i++
						value = args[i]
					}
					set[a[j:j+1]] = value
					break
				}
				set[a[j:j+1]] = "yes"
			}
		default:
			rest = append(rest, a)
		}
	}
	return set, rest, bad
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
