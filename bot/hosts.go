package bot

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hardenbot/actions"
)

// hosts tells the person which hosts a pattern names, and what is known of them.
func (b *Bot) hosts(ctx context.Context, who asker, pattern string) error {
	r, err := b.recallHosts(ctx, who, pattern)
	if err != nil {
		return err
	}
	b.tell(ctx, who, hostList(r, b.doubts(pattern), b.cfg.Now()))
	return nil
}

// hostList shows the hosts in the order of their names.
func hostList(r recalled, doubts []string, now time.Time) message {
	lines := make([]string, len(r.hosts))
	for i, h := range r.hosts {
		lines[i] = hostEntry(h, r.known[i], now)
	}
	return sheet{
		head: fmt.Sprintf("%s names %s that this channel may target.", code(r.pattern, 300), count(len(r.hosts), "host")),
		lists: []titled{
			{"Hosts", lines},
			{"What the inventory may miss", mapped(doubts, func(d string) string { return "• " + words(d, 400) })},
		},
	}.message()
}

// hostEntry is one host: where it is, how it is reached, what it should be like,
// and when it was looked at.
func hostEntry(h actions.Host, k actions.Known, now time.Time) string {
	parts := []string{
		"• *" + words(h.Name, 64) + "* " + code(h.Address+":"+strconv.Itoa(h.Port), 80),
		"by " + words(cmp.Or(h.Transport, "ssh"), 20) + " as " + words(cmp.Or(h.User, "root"), 40),
	}
	if len(h.Route.Jumps) > 0 {
		parts = append(parts, "through "+words(h.Route.Jumps[0].Address, 64))
	}
	if h.Instance != "" {
		parts = append(parts, words(h.Instance, 30))
	}
	if h.Public {
		parts = append(parts, "public")
	}
	if len(h.Groups) > 0 {
		parts = append(parts, "in "+names(h.Groups, 4))
	}
	return strings.Join(append(parts, expected(h.Declared), lastLook(k, now)), " · ")
}

// expected says which ports the configuration lets be reached.
func expected(d actions.Declared) string {
	if !d.Ports.Known {
		return "nothing is declared for it"
	}
	var parts []string
	for _, p := range []struct {
		from  string
		ports []int
	}{{"internet", d.Ports.Internet}, {"internal", d.Ports.Internal}, {"host", d.Ports.Host}} {
		if len(p.ports) > 0 {
			some := mapped(p.ports[:min(8, len(p.ports))], strconv.Itoa)
			if more := len(p.ports) - len(some); more > 0 {
				some = append(some, fmt.Sprintf("and %d more", more))
			}
			parts = append(parts, p.from+" "+strings.Join(some, ", "))
		}
	}
	if len(parts) == 0 {
		return "no port is expected"
	}
	return "expected: " + strings.Join(parts, "; ")
}

// lastLook says when a host was looked at, and what came of it.
func lastLook(k actions.Known, now time.Time) string {
	if k.Scan == "" {
		return "*not scanned*: " + words(k.Host.Error, 200)
	}
	open := 0
	for _, f := range k.Findings {
		if f.Status == actions.Open {
			open++
		}
	}
	said := fmt.Sprintf("%s %s", words(string(k.Host.Status), 20), ago(k.At, now))
	switch k.Host.Status {
	case actions.Unreachable:
		return "*" + said + "*: " + words(k.Host.Error, 150)
	case actions.Partial:
		return said + ", not in full; " + count(open, "open finding")
	}
	return said + ", " + count(open, "open finding")
}

// hostsWith names the hosts of a part of a posture.
func hostsWith(hosts []actions.HostPosture) []string {
	return mapped(hosts, func(h actions.HostPosture) string { return h.Host })
}
