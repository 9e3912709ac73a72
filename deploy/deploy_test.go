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
	Features struct {
		Home struct {
			Enabled bool `yaml:"home_tab_enabled"`
		} `yaml:"app_home"`
		Commands []struct {
			Command string `yaml:"command"`
		} `yaml:"slash_commands"`
		Shortcuts []struct {
			Type     string `yaml:"type"`
			Callback string `yaml:"callback_id"`
			Name     string `yaml:"name"`
		} `yaml:"shortcuts"`
	} `yaml:"features"`
	Settings struct {
		Events struct {
			Bot  []string `yaml:"bot_events"`
			User []string `yaml:"user_events"`
		} `yaml:"event_subscriptions"`
	} `yaml:"settings"`
}

func readManifest(t *testing.T) (m manifest) {
	t.Helper()
	raw, err := os.ReadFile("slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManifestSubscribesToExactlyTheEventsThatTheBotHears(t *testing.T) {
	m := readManifest(t)
	got, want := slices.Sorted(slices.Values(m.Settings.Events.Bot)), slices.Sorted(slices.Values(bot.Events))
	if !slices.Equal(got, want) || len(m.Settings.Events.User) != 0 {
		t.Errorf("the manifest subscribes to %v and user events %v, the bot hears %v", got, m.Settings.Events.User, want)
	}
	if m.Features.Home.Enabled != slices.Contains(want, "app_home_opened") {
		t.Errorf("the Home tab is enabled: %t", m.Features.Home.Enabled)
	}
}

// Slack takes names of shortcuts of at most 24 characters.
func TestManifestHasTheShortcut(t *testing.T) {
	all := readManifest(t).Features.Shortcuts
	if len(all) != 1 || all[0].Type != "message" || all[0].Callback != bot.ShortcutScan || len(all[0].Name) > 24 {
		t.Errorf("the manifest has the shortcuts %+v", all)
	}
}

func TestManifestAsksForExactlyTheScopesThatTheBotUses(t *testing.T) {
	m := readManifest(t)
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
