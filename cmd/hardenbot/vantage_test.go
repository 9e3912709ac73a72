package main

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/host/hosttest"
)

// probed answers the probe with one listener on every address, and no more.
func probed(port string) func(hosttest.Command) int {
	return func(c hosttest.Command) int {
		first, _ := bufio.NewReader(c.Stdin).ReadString('\n')
		mark := strings.TrimPrefix(strings.TrimSpace(first), "mark=")
		fmt.Fprintf(c.Stdout, "\n%[1]s begin listeners\ntcp LISTEN 0 128 *:%[2]s *:*\n\n%[1]s said listeners\n\n0\n%[1]s end listeners\n", mark, port)
		return 0
	}
}

// TestVantageIsWired goes from the file to the facts: web-1 is read, and relay-1
// is asked whether it can connect to what web-1 listens on.
func TestVantageIsWired(t *testing.T) {
	service, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	_, port, _ := net.SplitHostPort(service.Addr().String())
	web := hosttest.Start(t, hosttest.Config{Exec: probed(port)})
	relay := hosttest.Start(t, hosttest.Config{Exec: hosttest.Shell})

	cfg := vantageConfig(t, web, relay, "vantage: relay-1")
	want := []actions.Tried{{From: "relay-1", Address: "localhost", Port: service.Addr().(*net.TCPAddr).Port, Open: true}}
	if got := collected(t, cfg); !reflect.DeepEqual(got.Outside, want) || got.Absent[actions.SectionOutside] != "" {
		t.Errorf("with a vantage: got %+v, absent %v", got.Outside, got.Absent)
	}
	relay.Close()
	if got := collected(t, cfg); got.Outside != nil || !strings.Contains(got.Absent[actions.SectionOutside], "relay-1") {
		t.Errorf("with one that is down: got %+v, absent %v", got.Outside, got.Absent)
	}
	cfg = vantageConfig(t, web, relay, "")
	if got := collected(t, cfg); got.Outside != nil || got.Absent[actions.SectionOutside] != "" {
		t.Errorf("without one: got %+v, absent %v", got.Outside, got.Absent)
	}
}

// vantageConfig is a file with web-1, by a name that is public, and relay-1.
func vantageConfig(t *testing.T, web, relay *hosttest.Server, more string) *Config {
	t.Helper()
	dir := t.TempDir()
	identity, _ := hosttest.Identity(t, "")
	known, err := os.ReadFile(hosttest.KnownHosts(t, web, relay))
	if err != nil {
		t.Fatal(err)
	}
	named := strings.ReplaceAll(string(known), "127.0.0.1", "localhost")
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(string(known)+named), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := parseConfig("x.yaml", dir, fmt.Appendf(nil, `
inventory:
  hosts:
    - {name: web-1, address: localhost, port: %d, public: true}
    - {name: relay-1, address: 127.0.0.1, port: %d, public: true}
ssh: {identity_file: %s, known_hosts: known_hosts}
%s
`, web.Port, relay.Port, identity, more))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// collected is the facts of web-1, by way of a scan if the fleet prepares one.
func collected(t *testing.T, cfg *Config) *actions.Facts {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	inv, err := cfg.inventory(nil, log)
	if err != nil {
		t.Fatal(err)
	}
	fleet, err := cfg.fleet(inv, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := inv.Select(t.Context(), "web-1")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := fleet.Collect(t.Context(), hosts[0])
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := fleet.(actions.Preparer); ok {
		again, err := p.Prepare(t.Context(), hosts).Collect(t.Context(), hosts[0])
		if err != nil || !reflect.DeepEqual(again.Outside, facts.Outside) {
			t.Errorf("in a scan: %+v, %v; on its own: %+v", again, err, facts.Outside)
		}
	} else if cfg.Vantage != "" {
		t.Error("scans are not prepared")
	}
	return facts
}
