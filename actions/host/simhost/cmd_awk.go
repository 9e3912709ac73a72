package simhost

import (
	"io"
	"os"
	"strings"

	"hardenbot/actions/host/simhost/awk"
)

func awkProgram(c *call) int {
	set := awk.Config{Vars: map[string]string{}, Stdin: c.in, Stdout: c.out}
	args := c.args[1:]
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		option, value := args[0][:2], args[0][2:]
		args = args[1:]
		if value == "" && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		switch option {
		case "-F":
			set.Separator = value
		case "-v":
			name, text, _ := strings.Cut(value, "=")
			set.Vars[name] = text
		default:
			return c.unknown(option)
		}
	}
	if len(args) == 0 {
		return c.unknown("no program")
	}
	set.Files = args[1:]
	set.Open = func(name string) (io.ReadCloser, error) { return c.open(c.abs(name), os.O_RDONLY, 0) }
	set.Ended = func() bool { return c.ctx.Err() != nil }
	set.Command = func(line string) string { return c.output("sh", "-c", line) }
	status, err := awk.Run(args[0], set)
	if err != nil {
		return c.fail("%s", err)
	}
	return status
}
