package host

import (
	"fmt"
	"net/netip"
	"strings"

	"hardenbot/actions"
)

// parseListeners reads `ss -H -tulpn`: protocol, state, two queues, the local
// address, the peer, and the processes if they may be seen.
func parseListeners(text string, f *actions.Facts) error {
	f.Listeners = []actions.Listener{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 6 || words[0] != "tcp" && words[0] != "udp" {
			return fmt.Errorf("ss printed a line that is not understood: %s", clean(line, 80))
		}
		l, err := listener(words[4])
		if err != nil {
			return err
		}
		l.Proto = words[0]
		if _, users, ok := strings.Cut(line, `users:(("`); ok {
			process, _, _ := strings.Cut(users, `",pid=`)
			l.Process = clean(process, 64)
		}
		f.Listeners = append(f.Listeners, l)
	}
	return nil
}

// listener reads ADDRESS:PORT, for example 0.0.0.0:22, 127.0.0.53%lo:53,
// [::1]:25, [fe80::1]%eth0:546, *:80.
func listener(local string) (actions.Listener, error) {
	colon := strings.LastIndexByte(local, ':')
	if colon < 0 {
		return actions.Listener{}, fmt.Errorf("ss printed an address that is not understood: %s", clean(local, 80))
	}
	address, port := local[:colon], number(local[colon+1:])
	address, _, _ = strings.Cut(address, "%")
	address = strings.Trim(address, "[]")
	if ip, err := netip.ParseAddr(address); err == nil {
		address = ip.Unmap().String()
	} else if address != "*" {
		port = 0
	}
	if port < 1 || port > 65535 {
		return actions.Listener{}, fmt.Errorf("ss printed an address that is not understood: %s", clean(local, 80))
	}
	return actions.Listener{Address: address, Port: port}, nil
}
