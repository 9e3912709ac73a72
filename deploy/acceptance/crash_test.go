package acceptance

import (
	"encoding/csv"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// crashPoints is the environment variable that, set to "all", has the bot killed
// at every transition instead of at an evenly spread sample, and more besides
// that takes its time.
const crashPoints = "HARDENBOT_CRASH_POINTS"

func everything() bool { return os.Getenv(crashPoints) == "all" }

func onlyWithEverything(t *testing.T) {
	t.Helper()
	if !everything() {
		t.Skip("only with " + crashPoints + "=all")
	}
}

func TestKilledAnywhereInAPasswordRun(t *testing.T) {
	ordeal{
		title: passwords,
		begin: func(t *testing.T) (*world, balancer) {
			return newWorldOn(t, four[:1], "socket", nil, patientPolicy, func(config map[string]any) {
				config["rollout"] = map[string]any{"proof_time": "10s"}
			}), nil
		},
		state: `find /etc/ssh -printf '%p %y %m %U %G\n' | sort; find /etc/ssh -type f -exec sha256sum {} + | sort; sshd -T; sshd -T -C user=ops,host=h,addr=192.0.2.1`,
		did:   `journalctl -q -o cat -u ssh | grep '^Reloaded' || true`,
		undid: 1,
	}.sweep(t, 3)
}

func TestKilledAnywhereInAPackageRun(t *testing.T) {
	path := needHAProxy(t)
	ordeal{
		title: critical,
		begin: func(t *testing.T) (*world, balancer) {
			socket := filepath.Join(t.TempDir(), "admin.sock")
			w := newWorldOn(t, four[:2], "socket", nil, patientPolicy, func(config map[string]any) {
				config["haproxy"] = map[string]any{"sockets": []any{socket}}
				config["rotation"] = []any{map[string]any{"hosts": "web-*", "driver": "haproxy"}}
				config["rollout"] = map[string]any{"soak": "2s"}
			})
			w.balancePatiently(path, socket, four[0], four[1])
			return w, func(host string) string { return w.standing(socket, host) }
		},
		state: `dpkg-query -W -f='${Package} ${Version} ${db:Status-Status}\n'; echo "audit: $(dpkg --audit)"`,
		did: `grep -hE ' (upgrade|status installed) ' /var/log/dpkg.log | cut -d ' ' -f 3- | grep -v ':all' | sort | uniq -c
journalctl -q -o cat _PID=1 | grep -E '^Started (nginx|mariadb|ssh)\.service' | sort | uniq -c`,
	}.sweep(t, 2)
}

// patientPolicy lets a plan wait for as long as a whole sweep takes.
func patientPolicy(config map[string]any) { config["policy"].(map[string]any)["approval_ttl"] = "24h" }

func needHAProxy(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("haproxy")
	switch {
	case err == nil:
	case os.Getenv("HARDENBOT_REQUIRE_HAPROXY") == "1":
		t.Fatal("haproxy is not installed, and HARDENBOT_REQUIRE_HAPROXY asks for it")
	default:
		t.Skip("haproxy is not installed")
	}
	return path
}

// ordeal is a run on the first of four in which the bot is killed.
type ordeal struct {
	title string // of the finding that the run mends
	begin func(*testing.T) (*world, balancer)
	state string // shell: prints what the run changes on the host
	did   string // shell: prints a line for each thing that was done, so that twice shows
	undid int    // how many more lines that has when the change was undone
}

// balancer tells how a host stands in rotation: "UP". It is nil where nothing
// balances the hosts.
type balancer func(host string) string

// balancePatiently runs an HAProxy that gives hosts time to answer, so that a
// busy machine puts none out of rotation. It does not ask for /health, for which
// the app runs a program that uses OpenSSL for a moment.
func (w *world) balancePatiently(path, socket string, hosts ...string) {
	w.Helper()
	config := fmt.Sprintf(`global
  stats socket %s mode 600 level admin
defaults
  timeout client 30s
  timeout server 30s
  timeout connect 5s
  timeout check 5s
  mode http
frontend front
  bind %s
  default_backend app
backend app
  option httpchk GET /
  default-server check inter 500ms fall 6 rise 2
`, socket, freeAddress(w.T))
	for _, host := range hosts {
		config += fmt.Sprintf("  server %s %s:8080\n", host, w.lab.Hosts[host])
	}
	file := filepath.Join(filepath.Dir(socket), "haproxy.cfg")
	w.must(os.WriteFile(file, []byte(config), 0o600))
	w.beside(exec.Command(path, "-db", "-f", file))
	for _, host := range hosts {
		w.eventually(host+" is in rotation", func() bool { return strings.HasPrefix(w.standing(socket, host), "UP") })
	}
}

// beside runs a program until the test ends.
func (w *world) beside(cmd *exec.Cmd) {
	w.Helper()
	w.must(cmd.Start())
	w.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // it may have ended already
}

// standing asks HAProxy for the status of a server.
// Source: HAProxy management guide, 9.1 (CSV format).
func (w *world) standing(socket, host string) string {
	w.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return "" // it has not come up yet
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "show stat app 4 -1\n")
	w.must(err)
	rows := csv.NewReader(conn)
	rows.FieldsPerRecord = -1
	table, err := rows.ReadAll()
	w.must(err)
	for _, row := range table {
		if len(row) > 17 && row[1] == host {
			return row[17]
		}
	}
	w.Fatalf("HAProxy has no server %s", host)
	return ""
}

// sweep makes the run once as it should be, and then once for each point, at
// which the bot is killed and started again.
func (o ordeal) sweep(t *testing.T, sample int) {
	needStrace(t)
	s := o.set(t)
	var whole whole
	if !t.Run("whole", func(t *testing.T) { whole = s.measure(t) }) {
		return
	}
	points := whole.points()
	if !everything() {
		points = spread(points, sample)
	}
	var rows []string
	for _, p := range points {
		t.Run(p.String(), func(t *testing.T) { rows = append(rows, s.killedAt(t, p, whole)) })
	}
	t.Logf("killed at %d points of a run of %d transitions:\n%s", len(points), len(whole.entries), strings.Join(rows, "\n"))
}
