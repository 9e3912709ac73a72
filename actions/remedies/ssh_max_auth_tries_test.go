package remedies_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestSSHMaxAuthTriesFinds(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"Debian's defaults", func(f *actions.Facts) {
			setSSHD(f, "maxauthtries", "6")
			setSSHD(f, "logingracetime", "120")
			setSSHD(f, "maxstartups", "10:30:100")
		}, "MaxAuthTries is 6, more than 4\nLoginGraceTime is 120, not within 1 to 60 seconds\nMaxStartups is 10:30:100, more than 10:30:60"},
		{"4 tries are allowed", func(f *actions.Facts) { setSSHD(f, "maxauthtries", "4") }, ""},
		{"5 are not", func(f *actions.Facts) { setSSHD(f, "maxauthtries", "5") }, "MaxAuthTries is 5, more than 4"},
		{"6 are where that is declared", func(f *actions.Facts) {
			f.Host.Declared.MaxAuthTries = 6
			setSSHD(f, "maxauthtries", "6")
		}, ""},
		{"7 are not then", func(f *actions.Facts) {
			f.Host.Declared.MaxAuthTries = 6
			setSSHD(f, "maxauthtries", "7")
		}, "MaxAuthTries is 7, more than 6"},
		{"2 are declared, 4 are still sound", func(f *actions.Facts) {
			f.Host.Declared.MaxAuthTries = 2
			setSSHD(f, "maxauthtries", "4")
		}, ""},
		{"no time limit", func(f *actions.Facts) { setSSHD(f, "logingracetime", "0") }, "LoginGraceTime is 0, not within 1 to 60 seconds"},
		{"stricter startups", func(f *actions.Facts) { setSSHD(f, "maxstartups", "5:50:20") }, ""},
		{"refusals that are too rare", func(f *actions.Facts) { setSSHD(f, "maxstartups", "10:10:60") }, "MaxStartups is 10:10:60, more than 10:30:60"},
		{"for one user", func(f *actions.Facts) { f.SSHD.PerUser["ops"]["maxauthtries"] = "10" },
			"a Match block makes MaxAuthTries 10 for ops, more than 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			c.set(f)
			if got := evidence(t, "ssh-max-auth-tries", f); got != c.want {
				t.Errorf("says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestSSHMaxAuthTriesPlan(t *testing.T) {
	golden(t, "ssh-max-auth-tries", "ssh-max-auth-tries", actionstest.Broken())
}

func TestSSHMaxAuthTriesSetsWhatIsDeclared(t *testing.T) {
	f := actionstest.Broken()
	f.Host.Declared.MaxAuthTries = 5
	setSSHD(f, "maxauthtries", "6")
	change, _, err := actions.Derive(f, find(t, "ssh-max-auth-tries"), "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(change.Steps[0].Do, "\nMaxAuthTries 5\n") {
		t.Errorf("the step does not set 5:\n%s", change.Steps[0].Do)
	}
}

// Our file is read first, so a line too many would loosen a stricter setting.
func TestSSHMaxAuthTriesSetsOnlyWhatIsWeak(t *testing.T) {
	for _, c := range []struct {
		name, ours string
		want       string
	}{
		{"stricter elsewhere", "", "LoginGraceTime 60\n"},
		{"set by us before", "MaxAuthTries 3\n", "MaxAuthTries 3\nLoginGraceTime 60\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			setSSHD(f, "maxauthtries", "2")
			setSSHD(f, "logingracetime", "120")
			f.SSHD.Ours = map[string]string{"00-hardenbot-ssh-max-auth-tries.conf": c.ours}
			change, _, err := actions.Derive(f, find(t, "ssh-max-auth-tries"), "")
			if err != nil {
				t.Fatal(err)
			}
			content := change.Guards[len(change.Guards)-1].Args["content"]
			if _, settings, _ := strings.Cut(content, "\n"); settings != c.want {
				t.Errorf("sets\n%s\nwant\n%s", settings, c.want)
			}
		})
	}
}

func TestSSHMaxAuthTriesOnlyByMatch(t *testing.T) {
	f := actionstest.Sound()
	f.SSHD.PerUser["ops"]["maxauthtries"] = "10"
	_, _, err := actions.Derive(f, find(t, "ssh-max-auth-tries"), "")
	if err == nil || !strings.Contains(err.Error(), "only a Match block") {
		t.Errorf("Plan says %v", err)
	}
}
