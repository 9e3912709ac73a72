package host

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// judge compares what each check got with what it wants, and names each that
// does not get it.
func judge(h actions.Host, printed string) error {
	got := map[int]string{}
	for line := range strings.Lines(printed) {
		n, said, _ := strings.Cut(line, " ")
		// What was cut off is no result.
		if i, err := strconv.Atoi(n); err == nil && strings.HasSuffix(said, "\n") {
			got[i] = strings.TrimSuffix(said, "\n")
		}
	}
	var wrong []string
	for i, check := range h.Declared.Health {
		if says := unwell(check, got[i]); says != "" {
			wrong = append(wrong, says)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s is not healthy: %s", h.Name, strings.Join(wrong, "; "))
}

// unwell says in one sentence why the check does not pass; empty if it does.
func unwell(check actions.HealthCheck, got string) string {
	if check.URL != "" {
		return badAnswer(check, clean(got, 200))
	}
	printed, last := "", got
	if cut := strings.LastIndexByte(got, ' '); cut >= 0 {
		printed, last = clean(got[:cut], 200), got[cut+1:]
	}
	status, err := strconv.ParseUint(last, 10, 8)
	switch {
	case err != nil:
		return "the check of " + named(check) + " gave no result"
	case status == 0:
		return ""
	case printed != "":
		return badEnd(check, status) + ": " + printed
	}
	return badEnd(check, status)
}

// The statuses of timeout(1) where the time was over: it ends the command, and
// kills one that does not heed that.
const (
	timedOut = 124
	killed   = 128 + 9
)

// badEnd says how a connection or a command failed.
func badEnd(check actions.HealthCheck, status uint64) string {
	name, within := named(check), cmp.Or(check.Timeout, defaultHealthTimeout)
	switch {
	case check.TCP != "" && status == timedOut:
		return fmt.Sprintf("%s accepts no connection within %s", name, within)
	case check.TCP != "":
		return name + " accepts no connection"
	case status == timedOut:
		return fmt.Sprintf("%s does not end within %s", name, within)
	case status == killed:
		return fmt.Sprintf("%s was killed, at the latest because it did not end within %s", name, within)
	}
	return fmt.Sprintf("%s ends with status %d", name, status)
}

// named is what is checked, as people know it.
func named(check actions.HealthCheck) string {
	if check.Command != nil {
		return "the command " + clean(strings.Join(check.Command, " "), 100)
	}
	return check.URL + check.TCP
}

// badAnswer says why the answer of a URL is not the wanted one.
func badAnswer(check actions.HealthCheck, said string) string {
	want := strconv.Itoa(cmp.Or(check.Status, 200))
	switch {
	case said == want:
		return ""
	case said == "":
		return "the check of " + check.URL + " gave no result"
	case isStatus(said):
		return fmt.Sprintf("%s answers %s, not %s", check.URL, said, want)
	}
	return fmt.Sprintf("%s does not answer: %s", check.URL, said)
}

func isStatus(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && len(s) == 3 && n >= 100
}
