package cloud_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/cloud/cloudtest"
	fleet "hardenbot/actions/host"
)

func TestRunCommand(t *testing.T) {
	a := newAgents(t, awsfake.Options{})
	for _, tt := range []struct {
		name, command, stdin string
		exit                 int
		stdout, stderr       string
	}{
		{"nothing", "true", "", 0, "", ""},
		{"both streams", "echo out; echo err >&2", "", 0, "out\n", "err\n"},
		{"input", "cat; cat", "a\x00b{{ssm:secret}}\nHARDENBOT\n", 0, "a\x00b{{ssm:secret}}\nHARDENBOT\n", ""},
		{"quotes", `printf '%s' "it's {{here}} \$HOME"`, "", 0, `it's {{here}} $HOME`, ""},
		{"status", "exit 7", "", 7, "", ""},
		{"what would restart the host", "exit 194", "", 194, "", ""},
		{"the highest status", "exit 255", "", 255, "", ""},
		{"killed", "kill -s KILL $$", "", 137, "", ""},
		{"what looks like an answer", "echo hardenbot ended 0 0 0 no 0; exit 3", "", 3, "hardenbot ended 0 0 0 no 0\n", ""},
		{"cut", "head -c 5000 /dev/zero | tr '\\0' x", "", 0, strings.Repeat("x", 1<<10), ""},
		{"errors cut at 64 KiB", "head -c 100000 /dev/zero | tr '\\0' e >&2", "", 0, "", strings.Repeat("e", 64<<10)},
		{"no connection of SSH", "echo \"<$SSH_CONNECTION>\"", "", 0, "<>\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
			out, err := a.exec(t.Context(), tt.command, tt.stdin, 1<<10)
			if tt.name == "killed" {
				out.Stderr = nil // worded by the shell
			}
			if err != nil || out.Exit != tt.exit || string(out.Stdout) != tt.stdout || string(out.Stderr) != tt.stderr {
				t.Errorf("got %d, %.200q, %.200q, %v", out.Exit, out.Stdout, out.Stderr, err)
			}
		})
	}
	if n := a.left("*/in") + a.left("*/1*") + a.left("*/command") + a.left("new.*"); n > 0 {
		t.Errorf("%d files were left behind", n)
	}
	if info, err := os.Stat(a.run.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("others may look into the directory: %v, %v", info, err)
	}
}

// noise is text that hardly packs.
func noise(size int) string {
	b := make([]byte, size)
	from := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(' ' + from.IntN(95))
	}
	return string(b)
}

// What is too large for one command goes in parts, both ways, and is removed.
func TestRunCommandLarge(t *testing.T) {
	a := newAgents(t, awsfake.Options{})
	text := noise(150_000)
	out, err := a.exec(t.Context(), "cat; echo end >&2; exit 5", text, 1<<20)
	if err != nil || out.Exit != 5 || string(out.Stdout) != text || string(out.Stderr) != "end\n" {
		t.Fatalf("got %d, %d bytes, %q, %v", out.Exit, len(out.Stdout), out.Stderr, err)
	}
	if n := a.ran.Load(); n < 15 {
		t.Errorf("%d commands can hardly have carried that", n)
	}
	a.eventually("nothing is left of input and output", func() bool { return a.left("in.*")+a.left("*/packed") == 0 })
	for id, c := range a.place.State().Commands {
		if len(c.Stdout) > 24000 {
			t.Errorf("command %s printed %d bytes, more than AWS shows", id, len(c.Stdout))
		}
	}
}

func TestRunCommandPrintsTooMuch(t *testing.T) {
	a := newAgents(t, awsfake.Options{})
	text := noise(3 << 20)
	file := filepath.Join(t.TempDir(), "noise")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := a.exec(t.Context(), "cat '"+file+"'", "", 8<<20)
	a.fails(err, fleet.ErrUnreachable, "a command on web-1 printed more than can be fetched through AWS Systems Manager")
	_, err = a.exec(t.Context(), "head -c 80000000 /dev/zero", "", 1<<10)
	a.fails(err, fleet.ErrUnreachable, "web-1 was cut off because it printed more than 64 MiB")
}

// A service that is started keeps the output open; that is not waited for.
func TestRunCommandLeavesServices(t *testing.T) {
	a := newAgents(t, awsfake.Options{})
	stop := filepath.Join(t.TempDir(), "stop")
	a.says("(while [ ! -e '"+stop+"' ]; do sleep 0.05; done) & echo started", "started\n")
	if err := os.WriteFile(stop, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a.eventually("the service ends", func() bool { return a.left("*/1.end")+a.left("*/2.end") == 2 })
}

// count appends to a file, so that what runs twice shows.
func count(t *testing.T) (command string, times func() int) {
	file := filepath.Join(t.TempDir(), "ran")
	return "echo once >>'" + file + "'; echo done", func() int {
		raw, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return strings.Count(string(raw), "once")
	}
}

// An answer that got lost does not make a command run twice, and its result is
// known all the same.
func TestRunCommandLostAnswers(t *testing.T) {
	for _, times := range []int{1, 3} {
		a := newAgents(t, awsfake.Options{})
		a.proxy.Inject(cloudtest.Fault{Action: "ssm:SendCommand", Times: times, Lose: true},
			cloudtest.Fault{Action: "ssm:GetCommandInvocation", Times: 3, Lose: true})
		command, ran := count(t)
		a.says(command, "done\n")
		if a.fake.Close(); ran() != 1 || int(a.ran.Load()) != times+1 {
			t.Errorf("it ran %d times in %d commands", ran(), a.ran.Load())
		}
	}
	a := newAgents(t, awsfake.Options{})
	a.proxy.Inject(cloudtest.Fault{Action: "ssm:SendCommand", Lose: true})
	command, ran := count(t)
	_, err := a.exec(t.Context(), command, "", 10)
	a.fails(err, fleet.ErrUnreachable, "it is unknown how a command on web-1 ended: AWS, the default account in "+region+": ssm:SendCommand")
	if a.fake.Close(); ran() != 1 {
		t.Errorf("it ran %d times", ran())
	}
}

func TestRunCommandThrottled(t *testing.T) {
	a := newAgents(t, awsfake.Options{})
	busy := func(action string, times int) cloudtest.Fault {
		return cloudtest.Fault{Action: action, Times: times, Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	a.proxy.Inject(busy("ssm:SendCommand", 3), busy("ssm:GetCommandInvocation", 20))
	a.says("echo on", "on\n")
	a.proxy.Inject(busy("ssm:SendCommand", 0))
	_, err := a.exec(t.Context(), "true", "", 10)
	a.fails(err, fleet.ErrUnreachable, "web-1 cannot be reached through AWS Systems Manager: AWS was too busy")
	if n := a.ran.Load(); n != 1 {
		t.Errorf("%d commands ran", n)
	}
}

// AWS knows nothing of a command at first.
func TestRunCommandSeesLate(t *testing.T) {
	a := newAgents(t, awsfake.Options{Lag: 300 * time.Millisecond})
	a.says("echo on", "on\n")
	early := 0
	for _, c := range a.fake.Calls() {
		if c.Error == "InvocationDoesNotExist" {
			early++
		}
	}
	if early == 0 {
		t.Error("the command was never invisible")
	}
}

// When the time is up a command that has begun goes on by itself.
func TestRunCommandTimesOut(t *testing.T) {
	a := newAgents(t, awsfake.Options{})
	dir := t.TempDir()
	command := "cd '" + dir + "'; : >began; while [ ! -e stop ]; do sleep 0.02; done; : >ended"
	there := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := a.exec(ctx, command, "", 10)
	a.fails(err, fleet.ErrTimeout, "a command on web-1: it took too long")
	if a.fake.Close(); a.proxy.Count("ssm:CancelCommand") != 1 {
		t.Error("the command was not cancelled")
	}
	if !there("began")() {
		t.Fatal("the command did not begin")
	}
	if err := os.WriteFile(filepath.Join(dir, "stop"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a.eventually("the command comes to its end", there("ended"))

	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err = a.exec(ctx, "sleep 1", "", 10)
	a.fails(err, context.Canceled, "a command on web-1: it was called off")
	a.fake.Close()
	a.eventually("what has begun has ended", func() bool { return a.left("*/head") == a.left("*/lock") && a.left("*/work") == 0 })
}

// A command that no agent takes is called off and never runs.
func TestRunCommandUndelivered(t *testing.T) {
	clock := awsfake.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	a := newAgents(t, awsfake.Options{Now: clock.Now})
	a.place.AddAgent(awsfake.Agent{Instance: a.id, Ping: "ConnectionLost"})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := a.exec(ctx, "true", "", 10)
	a.fails(err, fleet.ErrTimeout, "a command on web-1: the agent of AWS Systems Manager did not take it in time")
	for _, c := range a.place.State().Commands {
		if c.Status != "Cancelled" {
			t.Errorf("the command is %s", c.Status)
		}
	}
	late, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var hours sync.WaitGroup
	hours.Go(func() {
		for sent := 1; sent < 2 && late.Err() == nil; sent = len(a.place.State().Commands) {
			time.Sleep(10 * time.Millisecond)
		}
		clock.Advance(2 * time.Minute)
	})
	defer hours.Wait()
	_, err = a.exec(late, "true", "", 10)
	a.fails(err, fleet.ErrUnreachable, "web-1 cannot be reached through AWS Systems Manager: its agent on "+a.id+" did not take the command (DeliveryTimedOut)")
	a.place.AddAgent(awsfake.Agent{Instance: a.id, Ping: "Inactive"})
	_, err = a.exec(t.Context(), "true", "", 10)
	a.fails(err, fleet.ErrUnreachable, "web-1 cannot be reached through AWS Systems Manager: its agent on "+a.id+" did not take the command (Undeliverable)")
	if n := a.ran.Load(); n != 0 {
		t.Errorf("%d commands ran", n)
	}
}

func TestRunCommandRefused(t *testing.T) {
	a := newAgents(t, awsfake.Options{})
	a.fake.Deny("ssm:SendCommand")
	_, err := a.exec(t.Context(), "true", "", 10)
	a.fails(err, fleet.ErrLogin, "web-1 cannot be reached through AWS Systems Manager: AWS, the default account in "+region+", does not permit the bot ssm:SendCommand on "+a.id)
	a.fake.Allow("ssm:SendCommand")
	a.fake.Deny("ssm:GetCommandInvocation")
	_, err = a.exec(t.Context(), "true", "", 10)
	a.fails(err, fleet.ErrUnreachable, "it is unknown how a command on web-1 ended: AWS, the default account in "+region+": ssm:GetCommandInvocation failed with AccessDeniedException")
	a.fake.Close()
	a.place.Update(func(s *awsfake.State) { s.Agents = map[string]awsfake.Agent{} })
	_, err = a.exec(t.Context(), "true", "", 10)
	a.fails(err, fleet.ErrUnreachable, "web-1 cannot be reached through AWS Systems Manager: it knows no agent that is at work on "+a.id)
	a.web.Address = "10.7.1.99"
	_, err = a.exec(t.Context(), "true", "", 10)
	a.fails(err, fleet.ErrUnreachable, "web-1 cannot be reached through AWS Systems Manager: it is no instance of the AWS accounts")
}

// What AWS or a host makes up is no result.
func TestRunCommandHostile(t *testing.T) {
	empty := "H4sIAAAAAAAC/wMAAAAAAAAAAAA="
	for name, tt := range map[string]struct {
		stdout, stderr string
		exit           int
		says           string
	}{
		"nothing":              {says: "it is unknown how a command on web-1 ended: the answer"},
		"other text":           {stdout: "\x1b[2J\nhello", says: "it is unknown how a command on web-1 ended: the answer"},
		"a word of its own":    {stdout: "hardenbot done", says: "it is unknown how a command on web-1 ended: the answer"},
		"too few words":        {stdout: "hardenbot ended 0 0 0 no", says: "it is unknown how a command on web-1 ended: the answer"},
		"a negative number":    {stdout: "hardenbot ended 0 -1 1 no " + strconv.Itoa(len(empty)) + "\n" + empty, says: "it is unknown how a command on web-1 ended: the answer"},
		"no status":            {stdout: "hardenbot ended 999 0 0 no 4\nAAAA", says: "it is unknown how a command on web-1 ended: the answer"},
		"nothing packed":       {stdout: "hardenbot ended 0 0 0 no 0\n", says: "a command on web-1 ended, but what it printed did not arrive whole"},
		"not packed":           {stdout: "hardenbot ended 0 4 0 no 4\nAAAA", says: "a command on web-1 ended, but what it printed did not arrive whole"},
		"more than was said":   {stdout: "hardenbot ended 0 0 0 no 4\nAAAAAAAA", says: "it is unknown how a command on web-1 ended: the answer"},
		"more than is kept":    {stdout: "hardenbot ended 0 2000000000 0 no " + strconv.Itoa(len(empty)) + "\n" + empty, says: "a command on web-1 ended, but what it printed did not arrive whole"},
		"the rest never comes": {stdout: "hardenbot ended 0 0 0 no 1000\n", says: "a command on web-1 ended, but what it printed did not arrive whole"},
		"endless":              {stdout: "hardenbot ended 0 0 0 no 2147483647\nAAAA", says: "a command on web-1 printed more than can be fetched"},
		"cut off":              {stdout: "hardenbot ended 0 0 0 no 30000\n" + strings.Repeat("A", 30000), says: "it is unknown how a command on web-1 ended: the answer"},
		"broken":               {stdout: "hardenbot broken \x1b[31mno \xffspace " + strings.Repeat("x", 5000), says: "web-1 cannot run commands through AWS Systems Manager:"},
		"lost":                 {stdout: "hardenbot lost", says: "it is unknown how a command on web-1 ended: it was cut off there"},
		"a status":             {stdout: "hardenbot lost", stderr: "no\x1b[2J\nroom" + strings.Repeat("x", 9000), exit: 1, says: "it is unknown how a command on web-1 ended: AWS Systems Manager calls it Failed; it said: no"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAgents(t, awsfake.Options{Execute: func(context.Context, string, string) (string, string, int) { return tt.stdout, tt.stderr, tt.exit }})
			a.T = t
			out, err := a.exec(t.Context(), "true", "", 100)
			a.fails(err, fleet.ErrUnreachable, tt.says)
			if len(out.Stdout)+len(out.Stderr) > 0 || len(err.Error()) > 500 {
				t.Errorf("it brings %d bytes with it, and says %q", len(out.Stdout), err)
			}
		})
	}
}

// The same client does over Run Command what it does over SSH.
func TestRunCommandServesHosts(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("agents are root")
	}
	a := newAgents(t, awsfake.Options{})
	c, err := fleet.New(fleet.Config{
		CollectTimeout: 5 * time.Minute, KnownHosts: []string{os.DevNull}, Prelude: "greet() { printf 'hello %s\\n' \"$1\"; }\n",
		Transports: map[string]fleet.Transport{actions.TransportSSM: a.run},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Run(t.Context(), a.web, actions.Script{Body: "greet you; id -u; exit 4"})
	if err != nil || out != (actions.Output{Exit: 4, Stdout: "hello you\n0\n"}) {
		t.Errorf("Run: got %+v, %v", out, err)
	}
	if err := c.Prove(t.Context(), a.web); err != nil {
		t.Errorf("Prove: %v", err)
	}
	facts, err := c.Collect(t.Context(), a.web)
	if err != nil {
		t.Fatal("Collect: ", err)
	}
	if facts.Login != (actions.Login{User: "root", Root: true}) || facts.OS.Kernel == "" || facts.Absent[actions.SectionAccounts] != "" {
		t.Errorf("Collect: login %+v, os %+v, absent %v", facts.Login, facts.OS, facts.Absent)
	}
	a.web.Transport = "pigeon"
	if err := c.Prove(t.Context(), a.web); err == nil || !strings.Contains(err.Error(), `by the transport "pigeon", which is not set up`) {
		t.Errorf("another transport: %v", err)
	}
}
