package host

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"hardenbot/actions"
)

//go:embed health.sh
var healthScript string

// userCommand runs the script on its standard input as the login: a check needs
// no root.
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
	if err != nil && !errors.Is(err, ErrTimeout) {
		return err
	}
	return cmp.Or(judge(h, string(out.Stdout)), err) // which says what took too long
}

// healthChecks writes the script and says how long it may take.
func healthChecks(checks []actions.HealthCheck) (string, time.Duration, error) {
	var b strings.Builder
	b.WriteString("{ exec </dev/null\n" + environment + healthScript)
	limit := 5 * time.Second
	for i, check := range checks {
		kind, words, err := healthWords(check)
		if err != nil {
			return "", 0, err
		}
		timeout := cmp.Or(check.Timeout, defaultHealthTimeout)
		limit += timeout + 2*time.Second // rounded up, and a second to be ended in
		fmt.Fprintf(&b, "%s %d %d %s\n", kind, i, int((timeout+time.Second-1)/time.Second), words)
	}
	b.WriteString("}\n")
	return b.String(), limit, nil
}

const defaultHealthTimeout = 5 * time.Second

// healthWords returns the function of health.sh that makes the check, and what
// to give it, as the shell has to read it.
func healthWords(check actions.HealthCheck) (kind, words string, err error) {
	switch {
	case check.TCP != "" && check.URL == "" && check.Command == nil:
		host, port, err := tryWords(check.TCP)
		return "tcp", host + " " + port, err
	case len(check.Command) > 0 && check.URL == "" && check.TCP == "":
		words, err = quoteAll(check.Command)
		return "run", words, err
	case check.Command != nil || check.TCP != "":
		return "", "", errors.New("a health check is one of url, tcp and command, and no two of them")
	}
	u, err := url.Parse(check.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", "", fmt.Errorf("the health check's URL %q is not one of http or https", check.URL)
	}
	if words, err = quote(check.URL); err != nil {
		return "", "", fmt.Errorf("the health check's URL %q has characters that no URL has", check.URL)
	}
	return "url", words, nil
}

// quoteAll makes one shell word of each.
func quoteAll(words []string) (string, error) {
	quoted := make([]string, len(words))
	for i, word := range words {
		var err error
		if quoted[i], err = quote(word); err != nil {
			return "", fmt.Errorf("the health check's command has the word %q, which cannot be given to a shell", word)
		}
	}
	return strings.Join(quoted, " "), nil
}
