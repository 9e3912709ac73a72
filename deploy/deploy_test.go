package deploy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"hardenbot/bot"
)

// manifest is the part of Slack's app manifest that grants something.
type manifest struct {
	OAuth struct {
		Scopes struct {
			Bot  []string `yaml:"bot"`
			User []string `yaml:"user"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
}

func TestManifestAsksForExactlyTheScopesThatTheBotUses(t *testing.T) {
	raw, err := os.ReadFile("slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := yaml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	got, want := slices.Sorted(slices.Values(m.OAuth.Scopes.Bot)), slices.Sorted(slices.Values(bot.Scopes))
	if !slices.Equal(got, want) || len(m.OAuth.Scopes.User) != 0 {
		t.Errorf("the manifest asks for %v and user scopes %v, the bot uses %v", got, m.OAuth.Scopes.User, want)
	}
}

// tool runs a program of the machine. Where it is absent the test is skipped,
// or fails if HARDENBOT_REQUIRE_LAB is set, as it is in CI.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		path = filepath.Join("/usr/sbin", name)
		_, err = os.Stat(path)
	}
	if err != nil {
		if os.Getenv("HARDENBOT_REQUIRE_LAB") != "" {
			t.Fatalf("%s is not installed, and HARDENBOT_REQUIRE_LAB is set", name)
		}
		t.Skipf("not checked: %s is not installed on this machine", name)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestSudoersIsValid(t *testing.T) {
	tool(t, "visudo", "-cf", "sudoers")
}

func TestUnitIsValidAndConfined(t *testing.T) {
	unit := unitWithBinary(t)
	if out := tool(t, "systemd-analyze", "verify", "--man=no", unit); strings.TrimSpace(out) != "" {
		t.Errorf("systemd-analyze verify remarks:\n%s", out)
	}
	// 2.0 of 10, on the scale where 10 is no confinement at all.
	tool(t, "systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit)
}

// unitWithBinary returns a copy of the unit whose binary exists on this machine.
func unitWithBinary(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("hardenbot.service")
	if err != nil {
		t.Fatal(err)
	}
	const binary = "/usr/local/bin/hardenbot"
	if !strings.Contains(string(raw), "ExecStart="+binary+" serve ") {
		t.Fatalf("the unit does not start %s", binary)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hardenbot.service")
	if err := os.WriteFile(path, []byte(strings.Replace(string(raw), binary, self, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
