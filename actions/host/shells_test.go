package host

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The command lines read the same in every login shell, for root and for
// somebody whom sudo refuses or who has none.
func TestLoginShells(t *testing.T) {
	for _, shell := range []string{"bash", "dash", "zsh", "fish", "csh", "tcsh"} {
		for _, uid := range []uint32{0, 65534} {
			t.Run(shell, func(t *testing.T) {
				path, err := exec.LookPath(shell)
				if err != nil {
					t.Skipf("there is no %s here", shell)
				}
				if os.Getuid() != 0 {
					t.Skip("needs root, to act as somebody else")
				}
				script := "mark=x\necho \"$1 $2 $3\"\nexit 0\n"
				want := map[uint32][]string{0: {"root a b root\n"}, 65534: {"nobody a b refused\n", "nobody a b missing\n"}}[uid]
				got := as(t, uid, path, probeCommand, script)
				if got != want[0] && got != want[len(want)-1] {
					t.Errorf("as %d: %q, want one of %q", uid, got, want)
				}
				if got := as(t, uid, path, rootCommand, "echo began"); (got == "began\n") != (uid == 0) {
					t.Errorf("rootCommand as %d printed %q", uid, got)
				}
				if got := as(t, uid, path, userCommand, "echo began"); got != "began\n" {
					t.Errorf("userCommand as %d printed %q", uid, got)
				}
			})
		}
	}
}

// as runs a command line the way sshd does.
func as(t *testing.T, uid uint32, shell, line, stdin string) string {
	t.Helper()
	cmd := exec.Command(shell, "-c", line)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/", "SSH_CONNECTION=a b"}
	cmd.Stdin = strings.NewReader(stdin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, _ := cmd.Output() // the exit status is told by what was printed
	return string(out)
}
