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

	"hardenbot/actions/cloud/cloudtest"
	"hardenbot/bot/workspace/workspacetest"
)

// TestServe starts the bot as systemd does, against a workspace that speaks
// like Slack, and stops it again. That AWS refuses does not keep it from
// starting.
func TestServe(t *testing.T) {
	for _, mode := range []string{"socket", "http"} {
		t.Run(mode, func(t *testing.T) {
			slack := workspacetest.Config()
			ws := workspacetest.Start(t, slack)
			listen := freeAddress(t)
			cloudtest.Credentials(t)
			aws := cloudtest.NewProxy(t, "http://127.0.0.1:1")
			aws.Inject(cloudtest.Deny(""))
			config := writeConfig(t, mode, ws.APIURL(), listen, aws.URL)
			t.Setenv(envBotToken, workspacetest.BotToken)
			t.Setenv(envAppToken, workspacetest.AppToken)
			t.Setenv(envSigningSecret, workspacetest.SigningSecret)

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stdout, stderr buffer
			ended := make(chan int, 1)
			go func() { ended <- run(ctx, []string{"serve", "--config", config}, &stdout, &stderr) }()
			waitReady(t, "http://"+listen+"/readyz", ended, &stderr)
			waitLogged(t, &stderr, `level=ERROR msg="the inventory could not be read" source=EC2`)
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
			for _, secret := range []string{workspacetest.BotToken, workspacetest.AppToken, workspacetest.SigningSecret, "not-a-secret-but-looked-for"} {
				if strings.Contains(stderr.String(), secret) {
					t.Errorf("a secret is in the log:\n%s", stderr.String())
				}
			}
		})
	}
}

func writeConfig(t *testing.T, mode, apiURL, listen, aws string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "hardenbot.yaml")
	text := fmt.Sprintf(`
slack: {mode: %s, api_url: %q, listen: %q}
store: data/hardenbot.db
inventory: {hosts: [{name: web-1, address: 127.0.0.1, port: 1}], ec2: {}}
ssh: {identity_file: id, known_hosts: known_hosts}
aws: {accounts: [{regions: [eu-west-1]}], endpoint: %q}
policy: {channels: {%s: ["*"]}, requesters: [%s], approvers: [%s]}
`, mode, apiURL, listen, aws, workspacetest.Ops, workspacetest.Alice, workspacetest.Bob)
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

// waitLogged waits for the text in the log.
func waitLogged(t *testing.T, log *buffer, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(log.String(), text); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not logged: %s\n%s", text, log.String())
		}
	}
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
