package host

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/host/hosttest"
)

// listening returns the address of a listener that accepts nothing by itself:
// the kernel does, as long as its queue has room.
func listening(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// bound returns a socket that is bound to a port of the loopback interface, and
// its address. Unless it listens, connections to it are refused.
func bound(t *testing.T) (int, string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}

// silent returns an address that answers nobody: its queue is full, so that the
// kernel drops what comes.
func silent(t *testing.T) string {
	t.Helper()
	fd, address := bound(t)
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		conn, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Fatal("the queue does not get full")
	return ""
}

func TestTry(t *testing.T) {
	open, six := listening(t, "tcp", "127.0.0.1:0"), listening(t, "tcp6", "[::1]:0")
	_, refused := bound(t)
	dropped := silent(t)
	_, port, _ := net.SplitHostPort(open)
	named, unknown := "localhost:"+port, "nobody.invalid:"+port
	s := hosttest.Start(t, hosttest.Config{Exec: hosttest.Shell})
	began := time.Now()
	got, err := client(t, nil, s).Try(t.Context(), hostAt(s), []string{open, refused, dropped, six, named, unknown})
	want := map[string]bool{open: true, refused: false, dropped: false, six: true, named: true}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
	if took := time.Since(began); took < 2*time.Second || took > tryTimeout {
		t.Errorf("it took %s, and a connection is waited for 3 s", took)
	}
}

// TestTryMany: of as many as are allowed, all are told.
func TestTryMany(t *testing.T) {
	open := listening(t, "tcp", "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(open)
	var all []string
	for i := range actions.MostTried {
		all = append(all, fmt.Sprintf("127.0.0.%d:%s", i+1, port))
	}
	s := hosttest.Start(t, hosttest.Config{Exec: hosttest.Shell})
	got, err := client(t, nil, s).Try(t.Context(), hostAt(s), all)
	if err != nil || len(got) != len(all) || !got[open] || got["127.0.0.2:"+port] {
		t.Errorf("got %d answers, %v", len(got), err)
	}
	if _, err := tryScript("@@M", append(all, open)); err == nil {
		t.Error("more than the most are tried")
	}
	script, err := tryScript("@@M", all)
	if waits := strings.Count(script, "&\nwait\n"); err != nil || waits != actions.MostTried/triesAtOnce {
		t.Errorf("it waits %d times, %v", waits, err)
	}
}

// tools makes a PATH of some of this machine's programs, and scripts.
func tools(t *testing.T, scripts map[string]string, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runTry runs the script by sh with that PATH.
func runTry(t *testing.T, sh, path string, addresses ...string) string {
	t.Helper()
	script, err := tryScript("@@M", addresses)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), sh, "-s")
	cmd.Stdin = strings.NewReader(strings.Replace(script, environment, "LC_ALL=C\nPATH="+path+"\nexport LC_ALL PATH\n", 1))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestTryTools: bash comes first, nc where bash cannot connect, and without
// either the host is said to have nothing. What a tool says decides what is
// told of a connection that it could not make.
func TestTryTools(t *testing.T) {
	const never = "echo 'it was not to be asked' >&2; exit 0\n"
	says := func(text string, status int) map[string]string {
		return map[string]string{"nc": fmt.Sprintf("[ \"$*\" = '-v -z -w 3 192.0.2.1 80' ] || exit 0\necho '%s' >&2\nexit %d\n", text, status)}
	}
	noNet := "echo 'bash: /dev/tcp/127.0.0.1/0: No such file or directory' >&2; exit 1\n"
	for _, tt := range []struct {
		name    string
		scripts map[string]string
		names   []string
		want    string
	}{
		{"bash", map[string]string{"bash": "case $* in */0\\ *) echo refused >&2; exit 1;; esac\n", "timeout": "shift; exec \"$@\"\n", "nc": never}, []string{"grep"}, "@@M 0 open\n@@M end\n"},
		{"bash takes too long", map[string]string{"bash": "exit 1\n", "timeout": "exit 124\n", "nc": never}, []string{"grep"}, "@@M 0 closed\n@@M end\n"},
		{"bash without /dev/tcp, and nc", map[string]string{"bash": noNet, "timeout": "", "nc": "exit 0\n"}, []string{"grep"}, "@@M 0 open\n@@M end\n"},
		{"bash without /dev/tcp", map[string]string{"bash": noNet, "timeout": ""}, []string{"grep"}, "@@M none\n"},
		{"bash without timeout", map[string]string{"bash": ""}, nil, "@@M none\n"},
		{"nothing", nil, nil, "@@M none\n"},
		{"nc refused", says("nc: connect to 192.0.2.1 port 80 (tcp) failed: Connection refused", 1), nil, "@@M 0 closed\n@@M end\n"},
		{"nc timed out", says("nc: connect to 192.0.2.1 port 80 (tcp) timed out: Operation now in progress", 1), nil, "@@M 0 closed\n@@M end\n"},
		{"traditional nc", says("(UNKNOWN) [192.0.2.1] 80 (http) : Connection timed out", 1), nil, "@@M 0 closed\n@@M end\n"},
		{"a firewall says so", says("(UNKNOWN) [192.0.2.1] 80 (http) : No route to host", 1), nil, "@@M 0 closed\n@@M end\n"},
		{"no route from here", says("nc: connect to 192.0.2.1 port 80 (tcp) failed: Network is unreachable", 1), nil, "@@M end\n"},
		{"nc without -z", says("nc: invalid option -- z", 1), nil, "@@M end\n"},
		{"nc without a word", says("", 1), nil, "@@M end\n"},
	} {
		for _, sh := range []string{"/bin/sh", "/bin/bash"} {
			t.Run(tt.name+" by "+filepath.Base(sh), func(t *testing.T) {
				if got := runTry(t, sh, tools(t, tt.scripts, tt.names...), "192.0.2.1:80"); got != tt.want {
					t.Errorf("told %q, want %q", got, tt.want)
				}
			})
		}
	}
}

// TestTryRefuses: what is neither an address nor a name goes nowhere.
func TestTryRefuses(t *testing.T) {
	for _, address := range []string{
		"", "a", ":1", "a:", "a:x", "a:-1", "a:65536", "a:1 2", "a:1;id", "-e:1", "../../etc/passwd:1", "a/b:1", "*:1", "a\x00b:1",
		"$(id):1", "`id`:1", "a;id:1", "a' 'b:1", "a b:1", "a\nb:1", "[fe80::1%$(id)]:1",
	} {
		if script, err := tryScript("@@M", []string{address}); err == nil {
			t.Errorf("%q is tried: %s", address, script)
		}
	}
}

func TestTryFails(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{Exec: func(c hosttest.Command) int {
		fmt.Fprintln(c.Stdout, "This account is for mail only.")
		return 1
	}})
	c := client(t, nil, s)
	_, err := c.Try(t.Context(), hostAt(s), []string{"192.0.2.1:80"})
	if want := "web-1 did not tell to the end what it can connect to"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s.Close()
	if _, err := c.Try(t.Context(), hostAt(s), []string{"192.0.2.1:80"}); err == nil {
		t.Error("a host that is down tells something")
	}
}

func TestParseTried(t *testing.T) {
	addresses := []string{"a:1", "b:2", "a:1"}
	for _, tt := range []struct {
		name, text string
		want       map[string]bool
		err        string
	}{
		{"nothing", "", nil, "did not tell to the end"},
		{"cut off", "@@M 0 open\n@@M en", nil, "did not tell to the end"},
		{"no tool", "@@M none\n", nil, "web-1 has neither bash nor nc to try connections with: install one of them there"},
		{"answers", "@@M 1 open\n@@M 0 closed\n@@M end\n", map[string]bool{"a:1": false, "b:2": true}, ""},
		{"after the end", "@@M 0 open\n@@M end\n@@M 1 open\n", map[string]bool{"a:1": true}, ""},
		{"nothing but the end", "@@M end\n", nil, "web-1 could try none of the public addresses"},
		{"a greeting", "Welcome!\n@@X 1 open\n@@M 1 open\n@@M end\n", map[string]bool{"b:2": true}, ""},
		{"told twice", "@@M 1 open\n@@M 1 closed\n@@M 1 open\n@@M 0 open\n@@M end\n", map[string]bool{"a:1": true}, ""},
		{"no such number", "@@M 0 open\n@@M 3 open\n@@M -1 open\n@@M x open\n@@M  open\n@@M end\n", map[string]bool{"a:1": true}, ""},
		{"no such answer", "@@M 1 open\n@@M 0 openly\n@@M 1\n@@M 0 \x1b[31mopen\n@@M end\n", map[string]bool{"b:2": true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseTried("web-1", "@@M", tt.text, addresses)
			if !maps.Equal(got, tt.want) || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func FuzzParseTried(f *testing.F) {
	for _, seed := range []string{
		"", "@@M end\n", "@@M none\n", "@@M 0 open\n@@M 1 closed\n@@M end\n", "@@M 0 open\n@@M 0 closed\n@@M end\n",
		"@@M 99999999999999999999 open\n@@M end", "@@M \x00\xff\n@@M end\n", "@@M 0 open\r\n@@M end\r\n",
	} {
		f.Add(seed)
	}
	addresses := []string{"192.0.2.1:80", "[2001:db8::1]:443"}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseTried("web-1", "@@M", text, addresses)
		if err != nil && (got != nil || strings.ContainsAny(err.Error(), "\n\x1b\x00")) {
			t.Errorf("got %v, %q", got, err)
		}
		for i, address := range addresses {
			open, told := got[address]
			word := map[bool]string{true: "open", false: "closed"}[open]
			if told && !strings.Contains(text, " "+word) {
				t.Errorf("address %d is %s, and nobody said so: %q", i, word, text)
			}
		}
		if len(got) > len(addresses) {
			t.Errorf("got %v", got)
		}
	})
}
