package sshdconfig_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/actions/sshdconfig"
)

// read runs one of the functions where /etc/ssh stands in a directory of the
// test with these files.
func read(t *testing.T, function string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "/etc/ssh", dir)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "-eu", "-c", strings.ReplaceAll(sshdconfig.Functions, "/etc/ssh", dir)+function)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), dir, "/etc/ssh")
}

var nested = map[string]string{
	"sshd_config": "# Include no.conf\n  include=\"/etc/ssh/a.conf\" sub/*.conf # both\n" +
		"Match Address 192.0.2.0/24\n\tInclude b.conf\nMatch User alice\n\tX11Forwarding no",
	"a.conf":      "Include sshd_config a.conf c.conf\nPort\t22\r\n",
	"b.conf":      "Match User=\"bob\"\nPasswordAuthentication yes\n",
	"c.conf":      "",
	"sub/1.conf":  "Match User carol\n",
	"sub/2.conf":  "UsePAM yes\n",
	"sub/not.txt": "UsePAM no\n",
}

func TestFiles(t *testing.T) {
	const want = "/etc/ssh/sshd_config\n/etc/ssh/a.conf\n/etc/ssh/c.conf\n/etc/ssh/sub/1.conf\n/etc/ssh/sub/2.conf\n/etc/ssh/b.conf\n"
	if got := read(t, "sshd_files", nested); got != want {
		t.Errorf("the files are\n%s\nwant\n%s", got, want)
	}
}

// A Match block reaches into what it includes, and never out of its own file.
func TestLines(t *testing.T) {
	got := read(t, "sshd_lines", nested)
	for _, want := range []string{
		"/etc/ssh/a.conf\t2\t\tPort 22\n",
		"/etc/ssh/sub/2.conf\t1\t\tUsePAM yes\n",
		"/etc/ssh/b.conf\t2\tAddress 192.0.2.0/24 User bob\tPasswordAuthentication yes\n",
		"/etc/ssh/sshd_config\t6\tUser alice\tX11Forwarding no\n",
	} {
		if !strings.Contains("\n"+got, "\n"+want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}

// Names with which a shell would do something are not followed.
func TestHostileNames(t *testing.T) {
	got := read(t, "sshd_files", map[string]string{"sshd_config": "Include $(touch${IFS}/etc/ssh/oops) `id` a;b \"x y\" -l\n"})
	if got != "/etc/ssh/sshd_config\n" {
		t.Errorf("the files are\n%s", got)
	}
}
