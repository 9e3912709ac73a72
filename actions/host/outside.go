package host

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hardenbot/actions"
)

//go:embed outside.sh
var outsideScript string

var _ actions.Trier = (*Client)(nil)

const (
	triesAtOnce = 50               // connections at the same time, each of which may take 3 s
	tryTimeout  = 20 * time.Second // for all of them
)

// Try implements actions.Trier by one script, which needs no root.
func (c *Client) Try(ctx context.Context, from actions.Host, addresses []string) (map[string]bool, error) {
	mark := "@@" + rand.Text()
	script, err := tryScript(mark, addresses)
	if err != nil {
		return nil, err
	}
	conn, err := c.open(ctx, from)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	out, err := conn.Exec(ctx, userCommand, script, keepOutput)
	if err != nil {
		return nil, err
	}
	return parseTried(from.Name, mark, string(out.Stdout), addresses)
}

// tryScript writes the script. What it tells begins with mark, which nothing
// else that the host prints can foresee.
func tryScript(mark string, addresses []string) (string, error) {
	if len(addresses) > actions.MostTried {
		return "", fmt.Errorf("%d addresses are too many to try: at most %d are", len(addresses), actions.MostTried)
	}
	var b strings.Builder
	b.WriteString("{ exec </dev/null\n" + environment)
	b.WriteString("tell() { printf '%s\\n' \"" + mark + " $1\"; }\n" + outsideScript)
	for i, address := range addresses {
		host, port, err := tryWords(address)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "try %d %s %s &\n", i, host, port)
		if i%triesAtOnce == triesAtOnce-1 {
			b.WriteString("wait\n")
		}
	}
	b.WriteString("wait\ntell end\n}\n")
	return b.String(), nil
}

// dialable is what a host may be that is connected to: bash takes an asterisk for
// any, a slash would name another file in /dev, and a hyphen begin an option.
var dialable = regexp.MustCompile(`^[A-Za-z0-9_:][A-Za-z0-9_:.-]*$`)

// tryWords makes two shell words of HOST:PORT.
func tryWords(address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err == nil && !dialable.MatchString(host) {
		err = fmt.Errorf("%q is no host", host)
	}
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err == nil {
		host, err = quote(host)
	}
	if err != nil {
		return "", "", fmt.Errorf("%q is nothing to connect to", address)
	}
	return host, port, nil
}

// parseTried reads what the script told. An address about which two things are
// told is left out.
func parseTried(name, mark, text string, addresses []string) (map[string]bool, error) {
	accepted, told := map[string]bool{}, map[string]int{}
	for line := range strings.Lines(text) {
		says, ours := strings.CutPrefix(strings.TrimSuffix(line, "\n"), mark+" ")
		number, answer, _ := strings.Cut(says, " ")
		i, err := strconv.Atoi(number)
		switch {
		case !ours:
		case says == "none":
			return nil, fault(nil, nil, "%s has neither bash nor nc to try connections with: install one of them there", name)
		case says == "end" && len(accepted) == 0:
			return nil, fault(nil, nil, "%s could try none of the public addresses: no way leads there, or nc knows no -v, -z or -w", name)
		case says == "end":
			return accepted, nil
		case err != nil || i < 0 || i >= len(addresses) || answer != "open" && answer != "closed":
		default:
			accepted[addresses[i]] = answer == "open"
			if told[addresses[i]]++; told[addresses[i]] > 1 {
				delete(accepted, addresses[i])
			}
		}
	}
	return nil, fault(nil, nil, "%s did not tell to the end what it can connect to", name)
}
