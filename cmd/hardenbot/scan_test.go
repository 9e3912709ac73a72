package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// TestScanStatus is 3 where hosts were not seen in full, or may be missing.
func TestScanStatus(t *testing.T) {
	for _, c := range []struct {
		host  actions.HostStatus
		whole bool
		want  int
	}{
		{actions.Scanned, true, 0},
		{actions.Partial, true, exitIncomplete},
		{actions.Scanned, false, exitIncomplete},
	} {
		p := &program{stdout: io.Discard}
		err := p.printScan(actions.Scan{Hosts: []actions.HostScan{{Name: "web-1", Status: c.host}}}, asTable, c.whole)
		var ended exit
		if errors.As(err, &ended); ended.status != c.want || (err == nil) != (c.want == 0) {
			t.Errorf("%s, all known %v: got %d, want %d", c.host, c.whole, ended.status, c.want)
		}
	}
}

// TestScanSaysWhatIsNoHost says each sentence on standard error, and that the
// scan is not whole.
func TestScanSaysWhatIsNoHost(t *testing.T) {
	s := inventory.Status{Refused: []string{
		`i-4 in eu-west-1 cannot be a host: i-5 is called "twin" too`, `i-5 in eu-west-1 cannot be a host: i-4 is called "twin" too`,
	}}
	for pattern, want := range map[string]string{
		"*":     "hardenbot: " + s.Refused[0] + "\nhardenbot: " + s.Refused[1] + "\n",
		"web-1": "",
	} {
		var stderr buffer
		p := &program{stderr: &stderr}
		if whole := p.sayMissing(s, pattern); stderr.String() != want || whole != (want == "") {
			t.Errorf("%s: whole %v, said %q, want %q", pattern, whole, stderr.String(), want)
		}
	}
}

// TestScanIsStopped ends a scan while its host is silent.
func TestScanIsStopped(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	dir := t.TempDir()
	config := filepath.Join(dir, "hardenbot.yaml")
	text := fmt.Sprintf(`
store: data/hardenbot.db
inventory: {hosts: [{name: web-1, address: 127.0.0.1, port: %d}]}
ssh: {identity_file: id, known_hosts: known_hosts, connect_timeout: 5m}
`, silent.Addr().(*net.TCPAddr).Port)
	for file, content := range map[string][]byte{config: []byte(text), filepath.Join(dir, "id"): privateKey(t)} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := silent.Accept() // the scan has begun
		cancel()
		if err == nil {
			<-t.Context().Done()
			_ = conn.Close()
		}
	}()
	var stdout, stderr buffer
	began := time.Now()
	status := run(ctx, []string{"scan", "--config", config, "web-1"}, &stdout, &stderr)
	if status != exitFailure || stdout.String() != "" || !strings.Contains(stderr.String(), "hardenbot: the scan was stopped") {
		t.Errorf("exit status %d\n%s%s", status, stdout.String(), stderr.String())
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}

func privateKey(t *testing.T) []byte {
	t.Helper()
	key, _, err := newKey("")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newKey makes a key as ssh-keygen writes it, encrypted if there is a passphrase.
func newKey(passphrase string) (private, public []byte, err error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(block), ssh.MarshalAuthorizedKey(signer.PublicKey()), nil
}
