package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hardenbot/bot/workspace/workspacetest"
)

// TestServe starts the bot as systemd does, against a workspace that speaks
// like Slack, and stops it again.
func TestServe(t *testing.T) {
	for _, mode := range []string{"socket", "http"} {
		t.Run(mode, func(t *testing.T) {
			slack := workspacetest.Config()
			ws := workspacetest.Start(t, slack)
			listen := freeAddress(t)
			config := writeConfig(t, mode, ws.APIURL(), listen)
			t.Setenv(envBotToken, workspacetest.BotToken)
			t.Setenv(envAppToken, workspacetest.AppToken)
			t.Setenv(envSigningSecret, workspacetest.SigningSecret)

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stdout, stderr buffer
			ended := make(chan int, 1)
			go func() { ended <- run(ctx, []string{"serve", "--config", config}, &stdout, &stderr) }()
			waitReady(t, "http://"+listen+"/readyz", ended, &stderr)
			cancel()
			select {
			case status := <-ended:
				if status != 0 || stdout.String() != "" {
					t.Errorf("exit status %d, standard output %q, standard error:\n%s", status, stdout.String(), stderr.String())
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("serve does not end:\n%s", stderr.String())
			}
			for _, want := range []string{"hardenbot.yaml:5: ssh.identity_file: there is no file", `level=WARN msg="a new store was made`} {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("standard error has no %q:\n%s", want, stderr.String())
				}
			}
			for _, secret := range []string{workspacetest.BotToken, workspacetest.AppToken, workspacetest.SigningSecret} {
				if strings.Contains(stderr.String(), secret) {
					t.Errorf("a secret is in the log:\n%s", stderr.String())
				}
			}
		})
	}
}

func writeConfig(t *testing.T, mode, apiURL, listen string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "hardenbot.yaml")
	text := fmt.Sprintf(`
slack: {mode: %s, api_url: %q, listen: %q}
store: data/hardenbot.db
inventory: {hosts: [{name: web-1, address: 127.0.0.1, port: 1}]}
ssh: {identity_file: id, known_hosts: known_hosts}
policy: {channels: {%s: ["*"]}, requesters: [%s], approvers: [%s]}
`, mode, apiURL, listen, workspacetest.Ops, workspacetest.Alice, workspacetest.Bob)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// waitReady asks until the bot says that it is ready.
func waitReady(t *testing.T, url string, ended <-chan int, stderr *buffer) {
	t.Helper()
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		response, err := client.Get(url)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case status := <-ended:
			t.Fatalf("serve ended with exit status %d:\n%s", status, stderr.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("serve does not become ready:\n%s", stderr.String())
}

// buffer may be written and read at the same time.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
