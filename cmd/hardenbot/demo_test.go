package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hardenbot/cmd/hardenbot/demo"
)

// TestDemoPlaysTheStory plays two acts of it, of the cloud and of the hosts,
// with the bot that serve starts. Nothing of it runs or lies about afterwards.
func TestDemoPlaysTheStory(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	withoutAWS(t)
	world, err := demo.Start(demo.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	var out, log buffer
	p := &program{stdout: &out, stderr: &log, verbose: true}
	err = p.demoBot(t.Context(), world, func(ctx context.Context) error {
		return world.Play(ctx, []string{"Port 3306/tcp", "sshd accepts passwords"}, &out)
	}, true)
	problems := world.Workspace.Problems()
	world.Close()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out.String(), log.String())
	}
	played := out.String()
	for _, says := range []string{
		"4 hosts, 13 findings", "Revoke the rule", "sshd accepts passwords – on web-1, web-2, web-3,", "✓ nobody-left-behind",
		"✓ Done on 4 of 4 hosts", "✓ Done on 3 of 3 hosts",
	} {
		if !strings.Contains(played, says) {
			t.Errorf("the story does not say %q:\n%s", says, played)
		}
	}
	_, last, _ := strings.Cut(played, "bob presses Approve")
	last = last[strings.LastIndex(last, "alice: /harden scan"):]
	if strings.Contains(last, "Port 3306/tcp (mariadbd) is open to the internet") {
		t.Errorf("the last scan still finds what was mended:\n%s", last)
	}
	if len(problems) > 0 {
		t.Errorf("the workspace had problems: %q", problems)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("these are left: %v, %v", left, err)
	}
}

// TestDemoUntilItIsStopped starts it as people do, finds the page, and stops it.
func TestDemoUntilItIsStopped(t *testing.T) {
	withoutAWS(t)
	listen := freeAddress(t)
	store := filepath.Join(t.TempDir(), "kept.db")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stdout, stderr buffer
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"demo", "--listen", listen, "--store", store}, &stdout, &stderr) }()
	waitLogged(t, &stdout, "The demo workspace is at http://"+listen)
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + listen + "/")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(text), "Demo") {
		t.Errorf("the page is %.200q, %v", text, err)
	}
	_ = answer.Body.Close()
	waitFile(t, store)
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("exit status %d:\n%s", status, stderr.String())
	}
	if _, err := os.Stat(store); err != nil {
		t.Errorf("the store was not kept: %v", err)
	}
}

func TestDemoRefuses(t *testing.T) {
	withoutAWS(t)
	taken := freeAddress(t)
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--fleet", "mine"}, exitUsage, `there is no fleet "mine": there are simulated and lab`},
		{[]string{"--listen", "0.0.0.0:0"}, exitFailure, "loopback"},
		{[]string{"--listen", strings.Replace(taken, "127.0.0.1", "192.0.2.1", 1)}, exitFailure, "name another address with --listen"},
		{[]string{"--fleet", "lab", "--config", "/nowhere/lab.yaml"}, exitFailure, "the lab's configuration cannot be read"},
	} {
		var stdout, stderr buffer
		status := run(t.Context(), append([]string{"demo", "--listen", "127.0.0.1:0"}, c.args...), &stdout, &stderr)
		if status != c.status || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%v: exit status %d, %s", c.args, status, stderr.String())
		}
	}
}

// withoutAWS has the test give back what demoAWS sets.
func withoutAWS(t *testing.T) {
	t.Helper()
	for name := range demoEnvironment {
		t.Setenv(name, "")
	}
	if err := demoAWS(); err != nil {
		t.Fatal(err)
	}
}

func waitFile(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(name); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not made", name)
		}
	}
}
