package acceptance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hardenbot/bot/workspace"
)

// TestDiskFullInTheMiddleOfARun leaves the bot no room for its journal while the
// host is armed. The run breaks off and people are told; the host puts itself
// back; and once there is room again the run is brought to its end: by the bot
// that runs still, or by one that was started while the disk was full.
func TestDiskFullInTheMiddleOfARun(t *testing.T) {
	needStrace(t)
	t.Run("disk is full", func(t *testing.T) {
		onlyWithEverything(t)
		b := breakOff(t)
		b.fill()
		b.goOn()
		b.putBackByItself()
		b.must(os.Remove(b.ballast()))
		b.endTold()
	})
	t.Run("nothing can be written", func(t *testing.T) {
		b := breakOff(t)
		b.untrace()
		b.attach(nil, noRoom...)
		b.goOn()
		b.putBackByItself()
		b.untrace()
		b.endTold()
	})
	t.Run("started again when nothing can be written", func(t *testing.T) {
		onlyWithEverything(t)
		b := breakOff(t)
		b.kill()
		b.startUnder(append([]string{"strace", "-D"}, noRoom...)...)
		b.putBackByItself()
		b.untrace()
		b.endTold()
	})
}

// noRoom has strace fail each write to the store as a full disk does. On a disk
// that is full in truth, bbolt finds room for a while in pages that it has freed.
var noRoom = []string{"-f", "-I", "2", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", "signal=none", "-e", "inject=pwrite64:error=ENOSPC"}

// brokenOff is a run that is about to lose its journal.
type brokenOff struct {
	*world
	disk, host, before string
	seen               map[string]bool
	since              time.Time
}

// breakOff has the bot stand still when the switch is armed and the change is
// about to be made.
func breakOff(t *testing.T) *brokenOff {
	b := &brokenOff{disk: smallDisk(t), host: four[0]}
	b.world = newWorldOn(t, four[:1], "socket", nil, func(config map[string]any) {
		config["store"] = filepath.Join(b.disk, "hardenbot.db")
		config["rollout"] = map[string]any{"proof_time": "10s"}
	})
	b.before = b.fingerprint(b.host)
	b.start()
	plan := b.scan(b.host).fix(passwords)
	b.seen = b.all()
	commits := b.commits()
	_, err := b.slack.As(bob).Click(t.Context(), plan, "approve", workspace.Accept())
	b.must(err)
	b.standStill("host.intends applied", commits)
	b.since = time.Now()
	return b
}

func (b *brokenOff) goOn() {
	b.Helper()
	b.must(b.bot.Process.Signal(syscall.SIGCONT))
	b.message("that the run broke off", func(m workspace.Message) bool { return !b.seen[m.TS] && holds(m.Text(), "broke off") })
	b.Logf("that the run broke off was told %s after there was no room", time.Since(b.since).Round(100*time.Millisecond))
}

func (b *brokenOff) putBackByItself() {
	b.Helper()
	b.eventually("the host has put itself back", func() bool {
		return strings.Contains(b.lab.Exec(b.T, b.host, "cat /var/lib/hardenbot/R-*/switch/result 2>/dev/null || true"), "0")
	})
	b.Logf("the host had put itself back %s after there was no room", time.Since(b.since).Round(100*time.Millisecond))
	if after := b.fingerprint(b.host); after != b.before {
		b.Errorf("/etc is not as it was:\n%s", difference(b.before, after))
	}
}

// endTold is when there is room again.
func (b *brokenOff) endTold() {
	b.Helper()
	room := time.Now()
	b.shows(b.outcome(b.seen), b.host, "✗ undone")
	b.Logf("the end was told %s after there was room again", time.Since(room).Round(100*time.Millisecond))
	b.verified()
}

// smallDisk is a file system of its own that can be filled.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m,mode=700"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (b *brokenOff) ballast() string { return filepath.Join(b.disk, "ballast") }

// fill leaves no room on the disk.
func (b *brokenOff) fill() {
	b.Helper()
	file, err := os.Create(b.ballast())
	b.must(err)
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		b.Fatal(err)
	}
}
