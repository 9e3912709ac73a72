package host

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/host/hosttest"
)

// wantSaid compares an error with a sentence, of which an ellipsis stands for
// words of somebody else.
func wantSaid(t *testing.T, err error, says string) {
	t.Helper()
	begin, open := strings.CutSuffix(says, "…")
	switch {
	case says == "" && err == nil:
	case err == nil || says == "" || !strings.HasPrefix(err.Error(), begin) || !open && err.Error() != says:
		t.Errorf("got %v, want %q", err, says)
	case strings.ContainsAny(err.Error(), "\n\x1b\x00"):
		t.Errorf("%q cannot be shown", err)
	}
}

// TestHealthOfHostileHosts reads what hosts print that do not run the script.
func TestHealthOfHostileHosts(t *testing.T) {
	url := []actions.HealthCheck{{URL: "http://127.0.0.1/a"}, {URL: "http://127.0.0.1/b", Status: 204}}
	other := []actions.HealthCheck{{TCP: "[::1]:22"}, {Command: []string{"check", "a b"}, Timeout: time.Second}}
	for _, tt := range []struct {
		name    string
		checks  []actions.HealthCheck
		printed string
		says    string
	}{
		{"all pass", url, "0 200\n1 204\n", ""},
		{"other status", url, "0 200\n1 200\n", "web-1 is not healthy: http://127.0.0.1/b answers 200, not 204"},
		{"no answer", url, "0 200\n1 \x1b[2Jodd\n", "web-1 is not healthy: http://127.0.0.1/b does not answer: [2Jodd"},
		{"no result", url, "0 200\n", "web-1 is not healthy: the check of http://127.0.0.1/b gave no result"},
		{"cut off", url, "0 200\n1 204", "web-1 is not healthy: the check of http://127.0.0.1/b gave no result"},
		{"nothing at all", url, "", "web-1 is not healthy: the check of http://127.0.0.1/a gave no result; the check of http://127.0.0.1/b gave no result"},
		{"the others pass", other, "0  0\n1 fine 0\n", ""},
		{"no connection", other, "0 refused\x1b[1m 1\n1  0\n", "web-1 is not healthy: [::1]:22 accepts no connection: refused [1m"},
		{"no connection in time", other, "0  124\n1  0\n", "web-1 is not healthy: [::1]:22 accepts no connection within 5s"},
		{"bad end", other, "0  0\n1 " + strings.Repeat("x", 300) + " 3\n", "web-1 is not healthy: the command check a b ends with status 3: " + strings.Repeat("x", 200)},
		{"no end", other, "0  0\n1  124\n", "web-1 is not healthy: the command check a b does not end within 1s"},
		{"killed", other, "0  0\n1  137\n", "web-1 is not healthy: the command check a b was killed, at the latest because it did not end within 1s"},
		{"no status", other, "0  0\n1 all is well\n", "web-1 is not healthy: the check of the command check a b gave no result"},
		{"odd status", other, "0  00x\n1  -0\n", "web-1 is not healthy: the check of [::1]:22 gave no result; the check of the command check a b gave no result"},
		{"status cut off", other, "0  0\n1 fine 0", "web-1 is not healthy: the check of the command check a b gave no result"},
		{"of other numbers", other, "7 200\n-1 0\n0x0  0\n", "web-1 is not healthy: the check of [::1]:22 gave no result; the check of the command check a b gave no result"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := hosttest.Start(t, hosttest.Config{Exec: func(c hosttest.Command) int {
				_, _ = io.WriteString(c.Stdout, tt.printed)
				return 0
			}})
			h := hostAt(s)
			h.Declared.Health = tt.checks
			wantSaid(t, client(t, nil, s).Healthy(t.Context(), h), tt.says)
		})
	}
}

// listen accepts TCP connections at an address of the network.
func listen(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// deaf is an address that nothing listens on.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestHealthByShell makes checks with a real shell.
func TestHealthByShell(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(web.Close)
	open, six, closed := listen(t, "127.0.0.1:0"), listen(t, "[::1]:0"), deaf(t)
	file := filepath.Join(t.TempDir(), "it's $(here)")
	command := func(words ...string) actions.HealthCheck {
		return actions.HealthCheck{Command: words, Timeout: time.Second}
	}
	sh := func(script string) actions.HealthCheck { return command("sh", "-c", script) }
	for _, tt := range []struct {
		name  string
		check actions.HealthCheck
		says  string
	}{
		{"url", actions.HealthCheck{URL: web.URL, Status: 204}, ""},
		{"other status", actions.HealthCheck{URL: web.URL}, "web-1 is not healthy: " + web.URL + " answers 204, not 200"},
		{"tcp", actions.HealthCheck{TCP: open}, ""},
		{"tcp over IPv6", actions.HealthCheck{TCP: six}, ""},
		{"tcp refused", actions.HealthCheck{TCP: closed}, "web-1 is not healthy: " + closed + " accepts no connection: Connection refused"},
		{"tcp name unknown", actions.HealthCheck{TCP: "nowhere.invalid:80", Timeout: 10 * time.Second}, "web-1 is not healthy: nowhere.invalid:80 accepts no connection…"},
		{"command", command("true"), ""},
		{"command prints", command("echo", "200"), ""},
		{"command prints a lot", sh("head -c 3000000 /dev/zero | tr '\\0' x"), ""},
		{"command prints lines", sh("yes | head -n 200000"), ""},
		{"command fails", sh("echo; echo 'down: a' >&2; echo b; exit 3"), "web-1 is not healthy: the command sh -c echo; echo 'down: a' >&2; echo b; exit 3 ends with status 3: down: a"},
		{"words are words", command("sh", "-c", `[ "$#,$1,$2,$3" = '3,$(id),*,a b' ]`, "sh", "$(id)", "*", "a b"), ""},
		{"quotes in words", command("touch", file), ""},
		{"no assignment", command("A=b"), "web-1 is not healthy: the command A=b ends with status 127…"},
		{"no option", command("-k"), "web-1 is not healthy: the command -k ends with status 127…"},
		{"no keyword", command("if"), "web-1 is not healthy: the command if ends with status 127…"},
		{"no command", command("no-such-command"), "web-1 is not healthy: the command no-such-command ends with status 127…"},
		{"nothing to read", command("cat"), ""},
		{"no other way out", sh("{ echo '0 200' >&3; echo '1  0' >&4; } 2>/dev/null; exit 1"), "web-1 is not healthy: the command sh -c { echo '0 200' >&3; …"},
		{"forged result", sh("printf 'x\\n0  0\\n'; exit 1"), `web-1 is not healthy: the command sh -c printf 'x\n0  0\n'; exit 1 ends with status 1: x`},
		{"forged status", sh("printf 'x 0'; exit 1"), `web-1 is not healthy: the command sh -c printf 'x 0'; exit 1 ends with status 1: x 0`},
		{"control characters", sh(`printf 'a\000\033[2Jb\r\n'; exit 1`), "web-1 is not healthy: the command sh -c printf …"},
		{"too slow", command("sleep", "60"), "web-1 is not healthy: the command sleep 60 does not end within 1s"},
		{"too slow with children", sh("sleep 60 & sleep 60; :"), "web-1 is not healthy: the command sh -c sleep 60 & sleep 60; : does not end within 1s"},
		{"deaf", sh("trap '' TERM; while :; do sleep 0.1; done"), "web-1 is not healthy: the command sh -c trap '' TERM; while :; do sleep 0.1; done was killed, at the latest because it did not end within 1s…"},
		{"no URL", actions.HealthCheck{URL: "file:///etc/passwd"}, `web-1: the health check's URL "file:///etc/passwd" is not one of http or https`},
		{"nothing to check", actions.HealthCheck{}, `web-1: the health check's URL "" is not one of http or https`},
		{"two in one", actions.HealthCheck{URL: web.URL, TCP: open}, "web-1: a health check is one of url, tcp and command, and no two of them"},
		{"tcp nonsense", actions.HealthCheck{TCP: "$(id):80"}, `web-1: "$(id):80" is nothing to connect to`},
		{"line break", command("a\nb"), `web-1: the health check's command has the word "a\nb", which cannot be given to a shell`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := hosttest.Start(t, hosttest.Config{Exec: hosttest.Shell})
			h := hostAt(s)
			h.Declared.Health = []actions.HealthCheck{tt.check, command("true")}
			wantSaid(t, client(t, nil, s).Healthy(t.Context(), h), tt.says)
		})
	}
	t.Cleanup(func() {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("the command was not given its word: %v", err)
		}
	})
}

// What a command leaves behind may hold the check up, and nothing more: the
// sentence names the check all the same, and what was before it counts.
func TestHealthHeldUp(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{Exec: func(c hosttest.Command) int {
		_, _ = io.WriteString(c.Stdout, "0  0\n1 begun")
		<-c.Gone
		return 0
	}})
	h := hostAt(s)
	h.Declared.Health = []actions.HealthCheck{
		{TCP: "127.0.0.1:80", Timeout: time.Millisecond}, {Command: []string{"check"}, Timeout: time.Millisecond},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	wantSaid(t, client(t, nil, s).Healthy(ctx, h), "web-1 is not healthy: the check of the command check gave no result")
}

// TestTCPWithWhatIsThere connects where only one of the ways is installed.
func TestTCPWithWhatIsThere(t *testing.T) {
	open, closed := listen(t, "127.0.0.1:0"), deaf(t)
	accepts := func(address, why string) string { return address + " accepts no connection: " + why }
	none := "neither python3 nor bash is there to connect with"
	for _, tt := range []struct {
		name    string
		scripts map[string]string
		says    string
	}{
		{"python3", map[string]string{"python3": "exec /usr/bin/python3 \"$@\"\n"}, accepts(closed, "Connection refused")},
		{"bash", map[string]string{"bash": "exec /bin/bash \"$@\"\n"}, accepts(closed, "bash: connect: Connection refused")},
		{"neither", nil, accepts(open, none) + "; " + accepts(closed, none)},
	} {
		for _, sh := range []string{"/bin/sh", "/bin/bash"} {
			t.Run(tt.name+" by "+filepath.Base(sh), func(t *testing.T) {
				checks := []actions.HealthCheck{{TCP: open}, {TCP: closed}}
				script, _, err := healthChecks(checks)
				if err != nil {
					t.Fatal(err)
				}
				path := tools(t, tt.scripts, "timeout", "head", "sed", "tr", "cat")
				cmd := exec.CommandContext(t.Context(), sh, "-s")
				cmd.Stdin = strings.NewReader(strings.Replace(script, environment, "LC_ALL=C\nPATH="+path+"\nexport LC_ALL PATH\n", 1))
				out, err := cmd.Output()
				if err != nil {
					t.Fatal(err)
				}
				h := actions.Host{Name: "web-1", Declared: actions.Declared{Health: checks}}
				wantSaid(t, judge(h, string(out)), "web-1 is not healthy: "+tt.says)
			})
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, printed := range []string{"0 200\n1  0\n2 x 0\n", "0 \x1b[2J\n1 refused 1\n2 x 124\n", "0 200", "1 \n2 0\n", "\n\n0\n"} {
		f.Add(printed)
	}
	h := actions.Host{Name: "web-1", Declared: actions.Declared{Health: []actions.HealthCheck{
		{URL: "http://127.0.0.1/"}, {TCP: "127.0.0.1:80"}, {Command: []string{"true"}},
	}}}
	f.Fuzz(func(t *testing.T, printed string) {
		err := judge(h, printed)
		if err == nil && strings.Count(printed, "\n") < len(h.Declared.Health) {
			t.Errorf("%q passes", printed)
		}
		if err != nil && (len(err.Error()) > 1500 || strings.ContainsAny(err.Error(), "\n\r\x00\x1b")) {
			t.Errorf("%q cannot be shown", err)
		}
	})
}
