package host

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hardenbot/actions"
)

//go:embed health.sh
var healthScript string

// userCommand runs the script on its standard input as the login: a request
// needs no root.
const userCommand = `/bin/sh -s`

// Healthy implements actions.Health. All checks are made over one connection,
// one after the other, each once.
func (c *Client) Healthy(ctx context.Context, h actions.Host) error {
	checks := h.Declared.Health
	if len(checks) == 0 {
		return nil
	}
	script, limit, err := healthChecks(checks)
	if err != nil {
		return fmt.Errorf("%s: %w", h.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout+limit)
	defer cancel()
	conn, err := c.open(ctx, h)
	if err != nil {
		return err
	}
	defer conn.Close()
	out, err := conn.Exec(ctx, userCommand, script, keepOutput)
	if err != nil {
		return err
	}
	return judge(h, string(out.Stdout))
}

// healthChecks writes the script and says how long it may take.
func healthChecks(checks []actions.HealthCheck) (string, time.Duration, error) {
	var b strings.Builder
	b.WriteString("{ exec </dev/null\n" + environment + healthScript)
	limit := 5 * time.Second
	for i, check := range checks {
		u, err := url.Parse(check.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", 0, fmt.Errorf("the health check's URL %q is not one of http or https", check.URL)
		}
		word, err := quote(check.URL)
		if err != nil {
			return "", 0, fmt.Errorf("the health check's URL %q has characters that no URL has", check.URL)
		}
		timeout := cmp.Or(check.Timeout, 5*time.Second)
		limit += timeout + time.Second
		fmt.Fprintf(&b, "check %d %d %s\n", i, int((timeout+time.Second-1)/time.Second), word)
	}
	b.WriteString("}\n")
	return b.String(), limit, nil
}

// judge compares what each check got with what it wants.
func judge(h actions.Host, printed string) error {
	got := map[int]string{}
	for line := range strings.Lines(printed) {
		n, said, _ := strings.Cut(line, " ")
		if i, err := strconv.Atoi(n); err == nil {
			got[i] = clean(said, 200)
		}
	}
	for i, check := range h.Declared.Health {
		want := strconv.Itoa(cmp.Or(check.Status, 200))
		switch said := got[i]; {
		case said == want:
		case said == "":
			return fmt.Errorf("%s is not healthy: the check of %s gave no result", h.Name, check.URL)
		case isStatus(said):
			return fmt.Errorf("%s is not healthy: %s answers %s, not %s", h.Name, check.URL, said, want)
		default:
			return fmt.Errorf("%s is not healthy: %s does not answer: %s", h.Name, check.URL, said)
		}
	}
	return nil
}

func isStatus(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && len(s) == 3 && n >= 100
}
