package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/actions"
)

// The probe's own script runs here, with other files in the place of the
// firmware's and of systemd's.
func TestInstance(t *testing.T) {
	for name, c := range map[string]struct {
		tag       string // empty for none
		container bool
		want      string
	}{
		"no firmware":          {},
		"an instance":          {tag: "i-0a1b2c3d4e5f60718\n", want: "i-0a1b2c3d4e5f60718"},
		"an old instance":      {tag: "i-0a1b2c3d\n", want: "i-0a1b2c3d"},
		"a laptop":             {tag: "Not Available\n"},
		"too short":            {tag: "i-0a1b2c3\n"},
		"too long":             {tag: "i-0a1b2c3d4e5f607180\n"},
		"something else":       {tag: "i-0a1b2c3d; rm -rf /\n"},
		"a line more":          {tag: "i-0a1b2c3d\nID=windows\n", want: "i-0a1b2c3d"},
		"in a container of it": {tag: "i-0a1b2c3d\n", container: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tag, container := filepath.Join(dir, "tag"), filepath.Join(dir, "container")
			for file, text := range map[string]string{tag: c.tag, container: strings.Repeat("docker", map[bool]int{true: 1}[c.container])} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			script := strings.NewReplacer("/sys/class/dmi/id/board_asset_tag", tag, "/run/systemd/container", container).
				Replace("set -eu\n" + probeFile("common") + probeFile("os"))
			out, err := exec.Command("sh", "-c", script).Output()
			if err != nil {
				t.Fatal(err)
			}
			var f actions.Facts
			if err := parseOS(string(out), &f); err != nil {
				t.Fatal(err)
			}
			if f.OS.Instance != c.want || f.OS.ID == "windows" {
				t.Errorf("got %q on %s, want %q", f.OS.Instance, f.OS.ID, c.want)
			}
		})
	}
}
