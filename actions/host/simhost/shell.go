package simhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// script is what a shell is to run.
type script struct {
	text   string
	name   string // of its file, or sh
	params []string
	in     *os.File
	out    io.Writer
	err    io.Writer
	env    []string // NAME=value
	dir    string
}

// parseScript parses POSIX sh, and refuses what only other shells have. What the
// interpreter runs is the tree of bash, in which export is a command of its own.
func parseScript(s script) (*syntax.File, error) {
	for _, lang := range []syntax.LangVariant{syntax.LangPOSIX, syntax.LangBash} {
		file, err := syntax.NewParser(syntax.Variant(lang)).Parse(strings.NewReader(s.text), s.name)
		if err != nil {
			return nil, fmt.Errorf("%s: Syntax error: %w", s.name, err)
		}
		if lang == syntax.LangBash {
			return file, nil
		}
	}
	return nil, nil
}

// shell runs a script in a process of its own and returns its exit status.
func (p *process) shell(ctx context.Context, s script) int {
	file, err := parseScript(s)
	if err != nil {
		fmt.Fprintln(s.err, err)
		return 2
	}
	rewrite(file)
	ctx, end := context.WithCancel(ctx)
	defer end()
	own := p.h.start(&process{ppid: p.pid, group: p.group, name: "sh", uid: p.uid, unit: p.unit, end: end}, "/bin/sh "+s.name)
	defer own.exit()
	own.mask = p.mask
	env := append([]string{"HOME=" + p.h.home(p.uid), "USER=" + p.h.nameOf(p.uid), "UID=" + strconv.Itoa(p.uid), "EUID=" + strconv.Itoa(p.uid), "GID=" + strconv.Itoa(p.uid),
		"PATH=" + defaultPath}, s.env...)
	// The interpreter would make pipes for bash's <(…) below TMPDIR.
	env = append(env, pidVariable+"="+strconv.Itoa(own.pid), "TMPDIR=/dev/null/none")
	var in io.Reader
	if s.in != nil {
		in = s.in
	}
	r, err := interp.New(
		interp.Dir("/"), interp.Env(expand.ListEnviron(env...)), interp.StdIO(in, s.out, s.err),
		interp.Params(append([]string{"--"}, s.params...)...),
		interp.CallHandler(own.called), interp.ExecHandlers(own.executed),
		interp.OpenHandler(own.opened), interp.ReadDirHandler2(own.listed),
		interp.StatHandler(own.stated), interp.AccessHandler(own.accessed),
	)
	if err != nil {
		fmt.Fprintln(s.err, err)
		return 2
	}
	return exitStatus(r.Run(ctx, file))
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func exitStatus(err error) int {
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return 128 + int(syscall.SIGKILL)
	}
	return 2
}

// called keeps the interpreter's own commands from looking at this machine.
func (p *process) called(_ context.Context, args []string) ([]string, error) {
	switch args[0] {
	case "command":
		if len(args) == 3 && args[1] == "-v" {
			return []string{"@which", args[2]}, nil
		}
	case "trap":
		// Signals do not reach a simulated shell; what ends it ends all of it.
		if len(args) > 2 && args[len(args)-1] != "EXIT" {
			return []string{"true"}, nil
		}
	case "umask": // which the interpreter has not
		return append([]string{"@umask"}, args[1:]...), nil
	case ".", "source", "type", "hash", "builtin", "pushd", "popd", "mapfile", "readarray":
		return []string{"@refuse", args[0]}, nil
	}
	return args, nil
}

func (p *process) executed(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		hc := interp.HandlerCtx(ctx)
		c := &call{process: p, ctx: ctx, args: args, in: hc.Stdin, out: hc.Stdout, err: hc.Stderr, dir: hc.Dir, env: hc.Env}
		if f, is := hc.Stdin.(*os.File); is && f == nil || hc.Stdin == nil {
			c.in = strings.NewReader("")
		}
		status := c.run()
		if err := ctx.Err(); err != nil {
			return err
		}
		if status != 0 {
			return interp.ExitStatus(status)
		}
		return nil
	}
}
