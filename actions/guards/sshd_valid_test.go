package guards_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/remedies"
)

var noPasswords = map[string]string{
	"path":    "/etc/ssh/sshd_config.d/00-hardenbot-ssh-password-auth.conf",
	"content": "# ours\nPasswordAuthentication no\n",
	"include": "false",
	"users":   "deploy\nops",
	"want":    "passwordauthentication=no\nkbdinteractiveauthentication=no",
}

func TestSSHDValidJudges(t *testing.T) {
	const sound = "counts 0 passwordauthentication no\ncounts 0 kbdinteractiveauthentication no\n" +
		"counts 1 passwordauthentication no\ncounts 1 kbdinteractiveauthentication no\n" +
		"counts 2 passwordauthentication no\ncounts 2 kbdinteractiveauthentication no\n"
	deploy := strings.Replace(sound, "1 passwordauthentication no", "1 passwordauthentication yes", 1)
	everybody := strings.ReplaceAll(sound, "passwordauthentication no", "passwordauthentication yes")
	for _, c := range []struct {
		name, stdout string
		ok           bool
		says         string
	}{
		{"sound", sound + "line /etc/ssh/sshd_config:57\t\tpasswordauthentication\tyes\nend\n", true, "it counts for everybody"},
		{"invalid", "invalid /etc/ssh/sshd_config line 3: Bad\x1b[31m option\n", false, "sshd would refuse the change: /etc/ssh/sshd_config line 3: Bad [31m option"},
		{"a Match block", deploy + "line /etc/ssh/sshd_config:57\t\tpasswordauthentication\tyes\n" +
			"line /etc/ssh/sshd_config:125\tMatch User deploy\tpasswordauthentication\tyes\nend\n", false,
			"passwordauthentication would still be otherwise for deploy (yes), because of /etc/ssh/sshd_config:125 (Match User deploy)"},
		{"a file that is read earlier", everybody + "line /etc/ssh/sshd_config.d/00-a.conf:1\t\tpasswordauthentication\tyes\nend\n", false,
			"for everybody (yes), deploy (yes) and ops (yes), because of /etc/ssh/sshd_config.d/00-a.conf:1"},
		{"an unknown file", everybody + "end\n", false, "for everybody (yes), deploy (yes) and ops (yes)"},
		{"by address, which was not tried", sound + "line /etc/ssh/sshd_config:9\tMatch User deploy Address 192.0.2.0/24\tchallengeresponseauthentication\tyes\nend\n", false,
			"kbdinteractiveauthentication would still be otherwise for some connections, because of /etc/ssh/sshd_config:9"},
		{"by group, which was tried", sound + "line /etc/ssh/sshd_config:9\tMatch Group ops\tpasswordauthentication\tyes\nend\n", true, ""},
		{"by group, one of which was left out", sound + "line /etc/ssh/sshd_config:9\tMatch Group www*\tpasswordauthentication\tyes\nend\n", false, "for some connections, because of /etc/ssh/sshd_config:9 (Match Group www*)"},
		{"by group, of which nobody is known", sound + "line /etc/ssh/sshd_config:9\tMatch Group staff\tpasswordauthentication\tyes\nend\n", false, "for some connections"},
		{"by pattern, which was tried", sound + "line /etc/ssh/sshd_config:9\tMatch User op*,!carol\tpasswordauthentication\tyes\nend\n", true, ""},
		{"by pattern, one of which was left out", sound + "line /etc/ssh/sshd_config:9\tMatch User *,!ops\tpasswordauthentication\tyes\nend\n", false, "for some connections"},
		{"by name, not in the list of accounts", sound + "line /etc/ssh/sshd_config:9\tMatch User ops,carol\tpasswordauthentication\tyes\nend\n", false, "for some connections"},
		{"everybody", sound + "line /etc/ssh/sshd_config:9\tMatch all\tpasswordauthentication\tyes\nend\n", true, ""},
		{"a link", "link /etc/ssh/sshd_config\n", false, "/etc/ssh/sshd_config is no regular file"},
		{"an odd Include", "odd /etc/ssh/sshd_config:3\n", false, "what /etc/ssh/sshd_config:3 includes could not be followed"},
		{"stricter by address", sound + "line /etc/ssh/sshd_config:9\tMatch Address 192.0.2.0/24\tpasswordauthentication\tno\nend\n", true, ""},
		{"cut off", sound, false, "cut off"},
		{"a user is missing", strings.Join(strings.SplitAfter(sound, "\n")[:4], "") + "end\n", false, "cut off"},
		{"numbers out of order", "counts 7 passwordauthentication no\nend\n", false, "cut off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			f.Accounts = append(f.Accounts, actions.Account{Name: "app", UID: 999, Groups: []string{"www-data"}})
			expect(t, ask(t, "sshd-valid", f, noPasswords, witness{out: actions.Output{Stdout: c.stdout}}), c.ok, c.says)
		})
	}
}

// Only root's UID counts for PermitRootLogin.
func TestSSHDValidRoot(t *testing.T) {
	args := map[string]string{"users": "root", "want": "permitrootlogin=no"}
	const counts = "counts 0 permitrootlogin no\ncounts 1 permitrootlogin no\n"
	for match, ok := range map[string]bool{"User deploy": true, "User toor": false, "Group ops": true, "Group root": false, "User *": false} {
		f := actionstest.Sound()
		f.Accounts = append(f.Accounts, actions.Account{Name: "toor", Groups: []string{"root"}})
		line := "line /etc/ssh/sshd_config:9\tMatch " + match + "\tpermitrootlogin\tyes\nend\n"
		expect(t, ask(t, "sshd-valid", f, args, witness{out: actions.Output{Stdout: counts + line}}), ok, "")
	}
}

func TestSSHDValidQuotes(t *testing.T) {
	for _, bad := range []string{"$(hostile_word)", "'; hostile_word '", `"; hostile_word "`, "`hostile_word`", "a hostile_word"} {
		for arg := range noPasswords {
			if arg == "want" {
				continue // names of keywords, from the catalogue
			}
			args := maps.Clone(noPasswords)
			args[arg] = bad
			var script actions.Script
			ask(t, "sshd-valid", actionstest.Sound(), args, witness{script: &script})
			if err := actionstest.CheckScript(script.Body); err != nil || script.Run != "" {
				t.Errorf("with %s=%q: %v", arg, bad, err)
			}
		}
	}
	args := maps.Clone(noPasswords)
	args["users"] = "bell\a"
	expect(t, ask(t, "sshd-valid", actionstest.Sound(), args, witness{}), false, "cannot be passed to a shell safely")
}

// here runs the guard's script on this machine, where /etc/ssh and /run stand
// in a directory of the test, with a small sshd.
type here struct {
	witness
	t    *testing.T
	dir  string
	swap []string // paths and where they are instead, by turns
}

func (h here) Run(ctx context.Context, _ actions.Host, s actions.Script) (actions.Output, error) {
	swap := append([]string{"/etc/ssh", h.dir + "/ssh", " /run/", " " + h.dir + "/run/"}, h.swap...)
	body := strings.NewReplacer(swap...).Replace("set -eu\n" + remedies.Prelude + s.Body)
	cmd := exec.CommandContext(ctx, "sh", "-s")
	cmd.Stdin = strings.NewReader(body)
	cmd.Env = []string{"PATH=" + h.dir + "/bin:/usr/bin:/bin", "LC_ALL=C"}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // its exit status tells
	if stderr.Len() > 0 {
		h.t.Log(stderr.String())
	}
	clean := func(b *strings.Builder) string { return strings.ReplaceAll(b.String(), h.dir+"/ssh", "/etc/ssh") }
	return actions.Output{Exit: cmd.ProcessState.ExitCode(), Stdout: clean(&stdout), Stderr: clean(&stderr)}, nil
}

// miniSSHD reads the file after -f with what it includes. The first value
// counts, except that Match User blocks win for their user.
const miniSSHD = `#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	-f) file=$2 ;;
	-C) user=${2#user=} user=${user%%,*} ;;
	-T) show=1 ;;
	esac
	shift
done
while read -r word rest; do
	case $word in Include) cat $rest ;; *) echo "$word $rest" ;; esac
done <"$file" >"$file.all"
if grep -q Nonsense "$file.all"; then echo "$file: bad option" >&2; exit 255; fi
[ -z "$show" ] || awk -v user="$user" '
	$1 == "Match" { within = 1; mine = ($3 == user); next }
	!within && !($1 in global) { global[$1] = $2 }
	within && mine && !($1 in match_) { match_[$1] = $2 }
	END { for (k in match_) global[k] = match_[k]; for (k in global) print tolower(k), global[k] }
' "$file.all"
rm "$file.all"
`

func TestSSHDValidScript(t *testing.T) {
	const off = "KbdInteractiveAuthentication no\n"
	const drop = "Include /etc/ssh/sshd_config.d/*.conf\n"
	for _, c := range []struct {
		name, main, other string
		include           string
		ok                bool
		says              string
	}{
		{"sound", drop + off + "PasswordAuthentication yes\n", "PasswordAuthentication yes\n", "false", true, "counts for everybody"},
		{"relative include", "Include sshd_config.d/*.conf\n" + off, "", "false", true, "counts for everybody"},
		{"no include", "PasswordAuthentication yes\n" + off, "", "false", false, "otherwise for everybody (yes), deploy (yes) and ops (yes), because of /etc/ssh/sshd_config:1"},
		{"no include until the change adds it", "PasswordAuthentication yes\n" + off, "", "true", true, "counts for everybody"},
		{"Match", drop + off + "Match User deploy\n\tPasswordAuthentication yes # as before\n", "", "false", false,
			"for deploy (yes), because of /etc/ssh/sshd_config:4 (Match User deploy)"},
		{"Match in an included file", drop + off + "Include /etc/ssh/more/*.conf\n", "", "false", false, "for deploy (yes), because of /etc/ssh/more/a.conf:3 (Match User deploy)"},
		{"an Include in quotes", drop + off + "Include \"/etc/ssh/my files/*\"\n", "", "false", false, "what /etc/ssh/sshd_config:3 includes could not be followed"},
		{"invalid before", drop + off, "Nonsense\n", "false", false, "sshd would refuse the change: /etc/ssh/sshd_config: bad option"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := here{t: t, dir: t.TempDir()}
			for name, content := range map[string]string{
				"ssh/sshd_config":                      strings.ReplaceAll(c.main, "/etc/ssh", h.dir+"/ssh"),
				"ssh/sshd_config.d/50-cloud-init.conf": c.other, "bin/sshd": miniSSHD, "run/keep": "",
				"ssh/more/a.conf": "# more\nMatch User deploy\nPasswordAuthentication yes\n",
			} {
				write(t, filepath.Join(h.dir, name), content)
			}
			before := tree(t, h.dir)
			args := maps.Clone(noPasswords)
			args["include"] = c.include
			expect(t, ask(t, "sshd-valid", actionstest.Sound(), args, h), c.ok, c.says)
			if after := tree(t, h.dir); after != before {
				t.Errorf("the guard changed something:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

// tree lists all files below dir with what is in them.
func tree(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `cd "$1" && find . -type f -exec sha256sum {} + -o -print | sort`, "sh", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
