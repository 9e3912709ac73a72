package simhost

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mvdan.cc/sh/v3/expand"
)

// sh is /bin/sh: -s, -c TEXT, FILE, and -n to look only.
func sh(c *call) int {
	s := script{name: "sh", out: c.out, err: c.err, env: exported(c.env), dir: c.dir}
	args := c.args[1:]
	look, fromInput := false, true
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		option := args[0]
		args = args[1:]
		switch option {
		case "-s":
		case "-n":
			look = true
		case "-c":
			if len(args) == 0 {
				return c.unknown("-c without a script")
			}
			s.text, args, fromInput = args[0], args[1:], false
			if len(args) > 0 {
				s.name, args = args[0], args[1:]
			}
		default:
			return c.unknown(option)
		}
		if option == "-s" || option == "-c" {
			break
		}
	}
	if fromInput && len(args) > 0 && c.args[1] != "-s" {
		raw, err := c.h.files.read(c.abs(args[0]))
		if err != nil {
			c.fail("0: cannot open %s: %s", args[0], reason(err))
			return 2
		}
		s.text, s.name, args, fromInput = string(raw), args[0], args[1:], false
	}
	if fromInput {
		raw, err := io.ReadAll(io.LimitReader(c.in, 16<<20))
		if err != nil {
			return c.fail("%s", reason(err))
		}
		s.text = string(raw)
	}
	if look {
		if _, err := parseScript(s); err != nil {
			c.printf("%s\n", err)
			return 2
		}
		return 0
	}
	s.params = args
	s.in, _ = c.in.(*os.File)
	return c.shell(c.ctx, s)
}

// ofTheShell are the variables that each shell sets by itself.
var ofTheShell = []string{pidVariable, "TMPDIR", "HOME", "USER"}

// exported lists the variables that a new process gets.
func exported(env expand.Environ) []string {
	var all []string
	if env == nil {
		return nil
	}
	for name, v := range env.Each {
		if v.Exported && !has(ofTheShell, name) {
			all = append(all, name+"="+v.String())
		}
	}
	return all
}

// timeout runs a command and ends it when its time is up, with status 124.
func timeout(c *call) int {
	args := c.args[1:]
	if len(args) > 1 && args[0] == "-k" {
		args = args[2:]
	}
	if len(args) < 2 {
		return c.unknown("this use")
	}
	limit, err := seconds(args[0])
	if err != nil {
		return c.unknown("the time " + args[0])
	}
	limited := *c
	ctx, done := context.WithTimeout(c.ctx, limit)
	defer done()
	limited.ctx = ctx
	status := limited.exec(args[1:]...)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return 124
	}
	return status
}

func seconds(s string) (time.Duration, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "s"), 64)
	return time.Duration(n * float64(time.Second)), err
}

func sleep(c *call) int {
	if len(c.args) != 2 {
		return c.unknown("this use")
	}
	d, err := seconds(c.args[1])
	if err != nil {
		return c.unknown("the time " + c.args[1])
	}
	timer := time.NewTimer(c.h.cfg.Sleep(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return 0
	case <-c.ctx.Done():
		return 128 + int(syscall.SIGTERM)
	}
}

// xargs runs a command with what it reads as arguments.
func xargs(c *call) int {
	args := c.args[1:]
	quiet := len(args) > 0 && args[0] == "-r"
	if quiet {
		args = args[1:]
	}
	all, _ := io.ReadAll(c.in)
	words := strings.Fields(string(all))
	if quiet && len(words) == 0 {
		return 0
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return c.unknown("this use")
	}
	return c.exec(append(args[:len(args):len(args)], words...)...)
}

func truth(*call) int { return 0 }
func wrong(*call) int { return 1 }

// env runs a command; the only use of it here.
func envCommand(c *call) int { return c.exec(c.args[1:]...) }
