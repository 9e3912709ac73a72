package simhost

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

func sortLines(c *call) int {
	var keys []string
	args := slices.Clone(c.args[1:])
	for i := 0; i+1 < len(args); i++ {
		if args[i] == "-k" {
			keys = append(keys, args[i+1])
			args = slices.Delete(args, i, i+2)
			i--
		}
	}
	set, names, bad := options(args, "t:unrk:")
	if bad != "" {
		return c.unknown(bad)
	}
	var all []string
	status := c.lines(names, func(line string) bool { all = append(all, line); return true })
	sort.SliceStable(all, func(i, j int) bool { return less(all[i], all[j], keys, set) })
	if set["u"] != "" {
		all = slices.Compact(all)
	}
	for _, line := range all {
		c.printf("%s\n", line)
	}
	return status
}

// less compares by the keys, such as 3,3nr, and by the whole line in the end.
func less(a, b string, keys []string, set map[string]string) bool {
	for _, key := range keys {
		how := strings.TrimLeft(key, "0123456789,.")
		from, to, ranged := strings.Cut(strings.TrimRight(key, "nrb"), ",")
		x, y := keyOf(a, set["t"], from, to, ranged), keyOf(b, set["t"], from, to, ranged)
		if d := ordered(x, y, strings.Contains(how, "n")); d != 0 {
			return d < 0 != strings.Contains(how, "r")
		}
	}
	d := ordered(a, b, set["n"] != "")
	return d < 0 != (set["r"] != "") && d != 0
}

func keyOf(line, by, from, to string, ranged bool) string {
	fields := strings.Fields(line)
	if by != "" {
		fields = strings.Split(line, by)
	}
	first, last := count(from, 1)-1, len(fields)
	if ranged {
		last = min(last, count(to, last))
	}
	if first >= last {
		return ""
	}
	return strings.Join(fields[first:last], " ")
}

func ordered(a, b string, numbers bool) int {
	if numbers {
		x, _ := strconv.ParseFloat(strings.TrimSpace(a), 64)
		y, _ := strconv.ParseFloat(strings.TrimSpace(b), 64)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a, b)
}
