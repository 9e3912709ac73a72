package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh/knownhosts"
)

// TestInspect changes one thing at a time in a folder where all is sound.
func TestInspect(t *testing.T) {
	private, public, err := newKey("")
	if err != nil {
		t.Fatal(err)
	}
	locked, _, err := newKey("secret")
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join([]string{
		"web-1,web-2 " + string(public), "[db-1]:2222 " + string(public),
		knownhosts.HashHostname("gate") + " " + string(public),
		"@cert-authority *.example.com " + string(public),
	}, "")
	for _, c := range []struct {
		name, file, content string // the file's content; removed when empty, a directory when "/"
		agent               bool
		problem, warning    string // what is said, if anything
	}{
		{name: "sound"},
		{name: "no key file", file: "id", warning: "x.yaml:4: ssh.identity_file: there is no file DIR/id;"},
		{name: "a public key", file: "id", content: string(public), problem: "x.yaml:4: ssh.identity_file: DIR/id is a public key"},
		{name: "an encrypted key", file: "id", content: string(locked), problem: "x.yaml:4: ssh.identity_file: the key in DIR/id is encrypted: name"},
		{name: "an encrypted key and an agent", file: "id", content: string(locked), agent: true, warning: "x.yaml:4: ssh.identity_file: the key in DIR/id is encrypted; the SSH agent"},
		{name: "no key", file: "id", content: "hello", problem: "x.yaml:4: ssh.identity_file: DIR/id holds no private key"},
		{name: "a directory as key", file: "id", content: "/", problem: "x.yaml:4: ssh.identity_file: DIR/id cannot be read: it is not a file"},
		{name: "no known_hosts", file: "known_hosts", warning: "x.yaml:5: ssh.known_hosts: there is no file DIR/known_hosts;"},
		{name: "a directory as known_hosts", file: "known_hosts", content: "/", problem: "x.yaml:5: ssh.known_hosts: DIR/known_hosts cannot be read: it is not a file"},
		{name: "a strange known_hosts", file: "known_hosts", content: "hello\n", warning: "x.yaml:5: ssh.known_hosts: whose keys it has was not checked: "},
		{name: "no key of most", file: "known_hosts", content: "web-1,gate " + string(public), warning: "x.yaml:5: ssh.known_hosts: DIR/known_hosts has no key of app, db-1, web-2, so nobody"},
		{name: "no key of the jump host", file: "known_hosts", content: "!gate,* " + string(public) + "[db-1]:2222 " + string(public), warning: "has no key of web-2 (its jump host gate), so nobody"},
		{name: "the store is a directory", file: "data/hardenbot.db", content: "/", problem: "x.yaml:2: store: DIR/data/hardenbot.db is not a file"},
		{name: "the store is open to others", file: "data/hardenbot.db", content: "x", problem: "x.yaml:2: store: the store DIR/data/hardenbot.db is open to other users"},
		{name: "no place for the store", file: "data", problem: ""},
		{name: "a file in the store's place", file: "data", content: "x", problem: "x.yaml:2: store: DIR/data is not a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "data", "x"), "x")
			write(t, filepath.Join(dir, "id"), string(private))
			write(t, filepath.Join(dir, "known_hosts"), known)
			write(t, filepath.Join(dir, "ssh_config"), "Host web-2\n  ProxyJump gate\nHost web-1\n  HostName 192.0.2.9\n  HostKeyAlias web-1\n")
			if c.file != "" {
				write(t, filepath.Join(dir, c.file), c.content)
			}
			t.Setenv("SSH_AUTH_SOCK", "/somewhere")
			text := "\nstore: data/hardenbot.db\nssh:\n  identity_file: id\n  known_hosts: known_hosts\n" +
				"inventory: {ssh_config: ssh_config, hosts: [{name: db-1, port: 2222}, {name: app, address: app.example.com}]}\n"
			if c.agent {
				text = strings.Replace(text, "ssh:\n", "ssh:\n  agent: true\n", 1)
				c.warning = strings.Replace(c.warning, "yaml:4", "yaml:5", 1)
			}
			cfg, err := parseConfig("x.yaml", dir, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			problems, warnings := cfg.Inspect(cfg.Static.All())
			var says []string
			for _, p := range problems {
				says = append(says, p.Error())
			}
			wantOne(t, "problem", says, strings.ReplaceAll(c.problem, "DIR", dir))
			wantOne(t, "warning", warnings, strings.ReplaceAll(c.warning, "DIR", dir))
		})
	}
}

// write makes the file what content says, whatever was there.
func write(t *testing.T, file, content string) {
	t.Helper()
	err := os.RemoveAll(file)
	switch {
	case err != nil, content == "":
	case content == "/":
		err = os.MkdirAll(file, 0o700)
	default:
		if err = os.MkdirAll(filepath.Dir(file), 0o700); err == nil {
			err = os.WriteFile(file, []byte(content), 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func wantOne(t *testing.T, what string, got []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) == 0:
	case want == "" || len(got) != 1 || !strings.Contains(got[0], want) || strings.Contains(got[0], "\n"):
		t.Errorf("%s: got %q, want one line with %q", what, got, want)
	}
}

func TestInspectAgent(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	t.Setenv("HOME", t.TempDir())
	cfg, err := parseConfig("x.yaml", t.TempDir(), []byte("store: x.db\ninventory: {hosts: [{name: web-1}]}\nssh: {agent: true, known_hosts: ~/absent}\n"))
	if err != nil {
		t.Fatal(err)
	}
	problems, warnings := cfg.Inspect(cfg.Static.All())
	if len(problems) > 0 || len(warnings) != 2 || !strings.HasPrefix(warnings[0], "x.yaml:3: ssh.agent: SSH_AUTH_SOCK is not set") {
		t.Errorf("got %v, %q", problems, warnings)
	}
}

// Behind another jump host the same private address is another machine.
func TestSameAddressElsewhere(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ssh_config"), "Host a b c\n  HostName 10.0.0.1\nHost a\n  ProxyJump east\nHost b\n  ProxyJump west\n")
	text := "inventory: {ssh_config: ssh_config}\nssh: {agent: true}\n"
	cfg, err := parseConfig("x.yaml", dir, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range cfg.Static.All() {
		names = append(names, h.Name)
	}
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("got %v", names)
	}
	write(t, filepath.Join(dir, "ssh_config"), "Host a b\n  HostName 203.0.113.1\nHost a\n  ProxyJump east\n")
	_, err = parseConfig("x.yaml", dir, []byte(text))
	if want := `x.yaml:1: the hosts "a" and "b" are one machine (203.0.113.1:22)`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
