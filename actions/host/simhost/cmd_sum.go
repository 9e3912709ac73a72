package simhost

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strings"
)

func md5sum(c *call) int    { return c.sums(md5.New) }
func sha256sum(c *call) int { return c.sums(sha256.New) }

func (c *call) sums(algorithm func() hash.Hash) int {
	set, names, bad := options(c.args[1:], "c")
	if bad != "" {
		return c.unknown(bad)
	}
	sum := func(r io.Reader) string {
		h := algorithm()
		_, _ = io.Copy(h, r)
		return hex.EncodeToString(h.Sum(nil))
	}
	if set["c"] == "" {
		return c.inputs(names, func(name string, r io.Reader) { c.printf("%s  %s\n", sum(r), name) })
	}
	status := 0
	c.lines(names, func(line string) bool {
		want, name, ok := strings.Cut(line, "  ")
		if !ok {
			return true
		}
		said := "FAILED open or read"
		c.inputs([]string{name}, func(_ string, r io.Reader) {
			if said = "OK"; sum(r) != want {
				said = "FAILED"
			}
		})
		if said != "OK" {
			status = 1
		}
		c.printf("%s: %s\n", name, said)
		return true
	})
	return status
}
