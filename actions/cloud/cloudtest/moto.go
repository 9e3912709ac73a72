// Package cloudtest offers a stand-in for AWS to tests: moto, an EC2 that runs
// in a process of its own, and a proxy before it that makes it fail.
//
// In come API calls of the AWS SDK. Out go moto's answers, or the faults that
// a test has asked for, and a record of what was called.
package cloudtest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// startup bounds how long moto may take to answer for the first time.
const startup = 60 * time.Second

// Start runs a moto server for the test and returns its URL. Where moto is not
// installed the test is skipped, or fails if HARDENBOT_REQUIRE_MOTO is 1.
func Start(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil && os.Getenv("HARDENBOT_REQUIRE_MOTO") == "1" {
		t.Fatal("moto_server is not installed, and HARDENBOT_REQUIRE_MOTO asks for it: pip install 'moto[server]'")
	}
	if err != nil {
		t.Skip("moto_server is not installed: pip install 'moto[server]'")
	}
	cmd := exec.Command(path, "-H", "127.0.0.1", "-p", "0")
	// The caller's AWS settings are not for moto, which fails on some of them.
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	cmd.Env = append(env, "MOTO_EC2_LOAD_DEFAULT_AMIS=false", "PYTHONUNBUFFERED=1")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal("start moto_server: ", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	url := listening(t, out)
	ready(t, url)
	return url
}

var running = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// listening reads the server's log up to the line with its address, and goes
// on reading so that the server never blocks on a full pipe.
func listening(t testing.TB, log io.Reader) string {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if m := running.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
				_, _ = io.Copy(io.Discard, log)
				return
			}
		}
	}()
	select {
	case url, ok := <-found:
		if ok {
			return url
		}
		t.Fatal("moto_server ended before it listened")
	case <-time.After(startup):
		t.Fatalf("moto_server does not listen after %s", startup)
	}
	return ""
}

func ready(t testing.TB, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startup)
	defer cancel()
	for {
		if status(ctx, http.MethodGet, url+"/moto-api/data.json") == http.StatusOK {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("moto_server is not ready after %s", startup)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Reset makes moto forget everything.
func Reset(t testing.TB, url string) {
	t.Helper()
	if got := status(t.Context(), http.MethodPost, url+"/moto-api/reset"); got != http.StatusOK {
		t.Fatalf("moto_server answers its reset with %d", got)
	}
}

// status returns 0 where there is no answer.
func status(ctx context.Context, method, url string) int {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// Environment gives the SDK credentials that moto takes, and keeps it from
// looking for others.
func Environment() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "not-a-secret-but-looked-for", "AWS_SESSION_TOKEN": "",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "AWS_REGION": "",
	}
}

// Credentials sets the Environment for a test.
func Credentials(t testing.TB) {
	for name, value := range Environment() {
		t.Setenv(name, value)
	}
}
