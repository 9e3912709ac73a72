package simhost

import (
	"bytes"
	"io"
	"strings"
)

// tr translates or deletes characters.
func tr(c *call) int {
	set, sets, bad := options(c.args[1:], "dcs")
	if bad != "" || len(sets) == 0 {
		return c.unknown(bad)
	}
	from := characters(sets[0])
	inside := func(b byte) bool { return bytes.IndexByte(from, b) >= 0 != (set["c"] != "") }
	all, _ := io.ReadAll(c.in)
	var out []byte
	var to []byte
	if len(sets) > 1 {
		to = characters(sets[1])
	}
	for _, b := range all {
		switch {
		case !inside(b):
			out = append(out, b)
		case set["d"] != "":
		case len(to) > 0:
			i := bytes.IndexByte(from, b)
			if i < 0 || i >= len(to) {
				i = len(to) - 1
			}
			out = append(out, to[i])
		}
	}
	_, _ = c.out.Write(out)
	return 0
}

func characters(set string) []byte {
	var all []byte
	set = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\0`, "\x00", `\\`, `\`, "[:print:]", " -~", "[:digit:]", "0-9").Replace(set)
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			for b := int(set[i]); b <= int(set[i+2]); b++ {
				all = append(all, byte(b))
			}
			i += 2
			continue
		}
		all = append(all, set[i])
	}
	return all
}
