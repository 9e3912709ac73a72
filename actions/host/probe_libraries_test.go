package host

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A helper that somebody has just begun is no service to restart.
func TestLibrariesLeaveOutWhatHasJustBegun(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not root, so that the maps of other processes cannot be read")
	}
	script, err := os.ReadFile("probe/libraries.sh")
	if err != nil {
		t.Fatal(err)
	}
	// The helper's name is one that no other process here has.
	dir := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", "need_root() { :; }\ncp /bin/sleep "+dir+"/just-begun\n"+dir+"/just-begun 30 &\nhelper=$!\nsleep 0.2\n"+
		string(script)+"\nkill $helper\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if strings.Contains(string(out), "just-begun") || !strings.Contains(string(out), "libc") {
		t.Errorf("the probe tells\n%s", out)
	}
}
