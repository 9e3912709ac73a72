package host

import (
	"errors"
	"strings"

	"hardenbot/actions"
)

// parseDpkg reads what the probe's dpkg.sh prints.
func parseDpkg(text string, f *actions.Facts) error {
	f.Dpkg = actions.Dpkg{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		rest, unfinished := strings.CutPrefix(line, "U\t")
		switch {
		case line == "busy":
			f.Dpkg.Busy = true
		case line == "half written":
			f.Dpkg.HalfWritten = true
		case unfinished:
			part := fields(rest, 6)
			if part[0] == "" || part[3] == "" {
				return errors.New("dpkg-query printed a line that is not understood: " + clean(line, 80))
			}
			f.Dpkg.Unfinished = append(f.Dpkg.Unfinished, actions.Unfinished{
				Package: part[0], Version: part[1], Want: part[2], Status: part[3],
				Again: part[4] == "yes", Candidate: part[5],
			})
		case line != "":
			return errors.New("the state of dpkg is not understood: " + clean(line, 80))
		}
	}
	return nil
}
