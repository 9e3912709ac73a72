package haproxy

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// server is a server of a backend, as `show stat` has it (management guide,
// chapter 9.1, "CSV format").
type server struct {
	backend, name string
	addr          netip.AddrPort // zero where it has no IP address
	located       bool           // it has an address of any kind
	status        string         // "UP", "UP 1/3", "DOWN", "DRAIN", "MAINT", "no check", …
	check         string         // "L7OK", "L4CON", … of its last check, after running
	sessions      int            // that it serves now
	queued        int            // that wait for it alone
	backup        bool
}

// columns are the ones that are read, by the header's names.
var columns = []string{"# pxname", "svname", "qcur", "scur", "status", "bck", "type", "check_status", "addr"}

// running stands before the result of the last check while the next one runs.
const running = "* "

// plain is how HAProxy lets backends and servers be called. Nothing else gets
// into a command.
var plain = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,200}$`)

// parse reads the answer to `show stat`.
func parse(answer io.Reader) ([]server, error) {
	rows := csv.NewReader(answer)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("it is no table: %w", err)
	}
	at := map[string]int{}
	for _, name := range columns {
		i := slices.Index(header, name)
		if i < 0 {
			return nil, fmt.Errorf("it has no column %s", name)
		}
		at[name] = i
	}
	var servers []server
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return servers, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it is no table: %w", err)
		}
		field := func(name string) string { return actions.Line(row[at[name]], 100) }
		if field("type") != "2" { // frontends, backends and listeners
			continue
		}
		s, err := serverOf(field)
		if err != nil {
			return nil, err
		}
		servers = append(servers, s)
	}
}

func serverOf(field func(string) string) (server, error) {
	s := server{
		backend: field("# pxname"), name: field("svname"),
		status: field("status"), check: field("check_status"), backup: field("bck") == "1", located: field("addr") != "",
	}
	if !plain.MatchString(s.backend) || !plain.MatchString(s.name) {
		return s, fmt.Errorf("%q/%q is no server's name", s.backend, s.name)
	}
	for name, count := range map[string]*int{"scur": &s.sessions, "qcur": &s.queued} {
		n, err := strconv.ParseUint(field(name), 10, 31)
		if err != nil {
			return s, fmt.Errorf("%s of %s is no number", name, s)
		}
		*count = int(n)
	}
	if addr, err := netip.ParseAddrPort(field("addr")); err == nil {
		s.addr = netip.AddrPortFrom(addr.Addr().Unmap().WithZone(""), addr.Port())
	}
	return s, nil
}

func (s server) String() string { return s.backend + "/" + s.name }

// empty reports whether no host is behind the server: a template's place whose
// name has no address yet.
func (s server) empty() bool { return s.status == "MAINT (resolution)" }

// out reports whether somebody took the server out of rotation. A weight of 0
// shows as DRAIN, too.
func (s server) out() bool {
	return strings.HasPrefix(s.status, "MAINT") || strings.HasPrefix(s.status, "DRAIN")
}

// serves reports whether the server gets sessions and passes its checks. One
// that has begun to fail them ("UP 1/3") does not count.
func (s server) serves() bool { return s.status == "UP" || s.status == "no check" }

// busy says what the server still has to do.
func (s server) busy() string {
	if s.sessions+s.queued == 0 {
		return ""
	}
	return fmt.Sprintf("still has %d sessions", s.sessions+s.queued)
}

// unserved says what the server is instead of up.
func (s server) unserved() string {
	if s.serves() {
		return ""
	}
	return strings.TrimSpace("is " + s.status + " " + strings.TrimPrefix(s.check, running))
}

// unready says why the server is not ready after maintenance. HAProxy takes it
// for up at first and checks it at once, so that one check has to have passed:
// the first one still runs, or "UP 1/3" becomes UP by it. With `fall 1` it is
// UP from the start, and nothing tells whether it was checked before that runs.
func (s server) unready() string {
	if s.serves() && strings.HasPrefix(s.check, running) {
		return "is being checked"
	}
	return s.unserved()
}
