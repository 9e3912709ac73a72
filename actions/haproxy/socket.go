package haproxy

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// maxAnswer bounds what is read of an answer: some 500 bytes for each of 50,000
// servers.
const maxAnswer = 32 << 20

// showServers asks for servers (type 4) of all backends.
const showServers = "show stat -1 4 -1"

// look asks all HAProxys, and fails if one of them does not answer.
func (r *Rotation) look(ctx context.Context) ([]view, error) {
	if len(r.Sockets) == 0 {
		return nil, errors.New("no stats socket of HAProxy is configured: name at least one")
	}
	var views []view
	for _, socket := range r.Sockets {
		answer, err := r.ask(ctx, socket, showServers)
		if err != nil {
			return nil, err
		}
		servers, err := parse(bytes.NewReader(answer))
		if err != nil {
			return nil, fmt.Errorf("HAProxy at %s does not show its servers: %s", socket, actions.Line(err.Error(), 300))
		}
		v := view{socket, servers}
		if v.blind() {
			return nil, fmt.Errorf("HAProxy at %s does not tell the addresses of its servers: give its stats socket `level admin`", socket)
		}
		views = append(views, v)
	}
	return views, nil
}

// blind reports whether there are servers with hosts, and none of them has an
// address.
func (v view) blind() bool {
	if slices.ContainsFunc(v.servers, func(s server) bool { return s.located }) {
		return false
	}
	return slices.ContainsFunc(v.servers, func(s server) bool { return !s.empty() })
}

// set puts the servers of the seats into a state, on every HAProxy that
// answers.
func (r *Rotation) set(ctx context.Context, seats []actions.Seat, state string) error {
	var failed []error
	for _, socket := range r.Sockets {
		failed = append(failed, r.setOn(ctx, socket, seats, state))
	}
	return errors.Join(failed...)
}

func (r *Rotation) setOn(ctx context.Context, socket string, seats []actions.Seat, state string) error {
	for _, s := range seats {
		if s.Driver != Driver || !plain.MatchString(s.Group) || !plain.MatchString(s.Target) {
			return fmt.Errorf("%.60q/%.60q is no server of HAProxy", s.Group, s.Target)
		}
		answer, err := r.ask(ctx, socket, fmt.Sprintf("set server %s state %s", words(s), state))
		if err != nil {
			return err
		}
		if said := strings.TrimSpace(string(answer)); said != "" {
			return fmt.Errorf("HAProxy at %s does not set %s to %s: %s", socket, words(s), state, actions.Line(said, 200))
		}
	}
	return nil
}

// ask sends one command and reads the answer to its end.
func (r *Rotation) ask(ctx context.Context, socket, command string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, 10*time.Second))
	defer cancel()
	answer, err := exchange(ctx, socket, command)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) { // which may be seen before ctx has ended
			err = context.DeadlineExceeded
		}
		err = cmp.Or(ctx.Err(), err)
		return nil, fmt.Errorf("HAProxy at %s does not answer: %w", socket, err)
	}
	return answer, nil
}

func exchange(ctx context.Context, socket, command string) ([]byte, error) {
	network := "tcp"
	if strings.HasPrefix(socket, "/") {
		network = "unix"
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, socket)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write([]byte(command + "\n")); err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, maxAnswer+1))
	if len(answer) > maxAnswer {
		err = fmt.Errorf("its answer is longer than %d MiB", maxAnswer>>20)
	}
	return answer, err
}
