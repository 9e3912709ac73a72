package awsfake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"hardenbot/actions/cloud/awsfake"
)

// commander is a fake with one agent, and what its commands end with.
func commander(t *testing.T, o awsfake.Options) (fake *awsfake.Fake, w *world, instance string) {
	t.Helper()
	fake, _, w = newFake(t, o)
	t.Cleanup(fake.Close)
	p := fake.Place("", region)
	subnet := p.AddSubnet(awsfake.Subnet{VPC: p.AddVPC(awsfake.VPC{CIDR: "10.9.0.0/16"}), CIDR: "10.9.1.0/24"})
	instance = p.AddInstance(awsfake.Instance{}, awsfake.Interface{Subnet: subnet})
	p.AddAgent(awsfake.Agent{Instance: instance})
	return fake, w, instance
}

func (w *world) sends(in ssm.SendCommandInput) any {
	out, err := w.ssm.SendCommand(w.ctx(), &in)
	if err != nil {
		return err
	}
	return *out.Command.CommandId
}

func script(instance string, commands ...string) ssm.SendCommandInput {
	return ssm.SendCommandInput{
		DocumentName: aws.String("AWS-RunShellScript"), InstanceIds: []string{instance}, Parameters: map[string][]string{"commands": commands},
	}
}

// shows returns status, details, exit status and output of a command.
func (w *world) shows(id any, instance string) any {
	text, _ := id.(string)
	out, err := w.ssm.GetCommandInvocation(w.ctx(), &ssm.GetCommandInvocationInput{CommandId: &text, InstanceId: &instance})
	if err != nil {
		return err
	}
	return []any{out.Status, *out.StatusDetails, out.ResponseCode, *out.StandardOutputContent, *out.StandardErrorContent}
}

func (w *world) becomes(id any, instance, status string) any {
	w.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		now := w.shows(id, instance)
		if all, ok := now.([]any); !ok || fmt.Sprint(all[0]) == status || time.Now().After(end) {
			return now
		}
	}
}

func TestCommands(t *testing.T) {
	_, w, i := commander(t, awsfake.Options{Execute: func(_ context.Context, _, script string) (string, string, int) {
		if script == "long" {
			return strings.Repeat("o", 24001), strings.Repeat("e", 8001), 3
		}
		return "ran " + script, "", 0
	}})
	w.same("joined", w.becomes(w.sends(script(i, "one", "two")), i, "Success"), []any{"Success", "Success", 0, "ran one\ntwo", ""})
	w.same("cut", w.becomes(w.sends(script(i, "long")), i, "Failed"), []any{"Failed", "Failed", 3,
		strings.Repeat("o", 24000-20) + "--output truncated--", strings.Repeat("e", 8000-20) + "--output truncated--"})
	id := w.sends(script(i, "x"))
	w.same("another's", w.shows(id, "i-00000000000000000"), "error InvocationDoesNotExist")
	w.same("none", w.shows("00000000-0000-0000-0000-000000000000", i), "error InvocationDoesNotExist")
}

func TestCommandsRefused(t *testing.T) {
	fake, w, i := commander(t, awsfake.Options{})
	with := func(change func(*ssm.SendCommandInput)) ssm.SendCommandInput {
		in := script(i, "true")
		change(&in)
		return in
	}
	w.same("large enough", w.text(w.sends(script(i, strings.Repeat("x", 62000))))[:8], "00000000")
	for name, c := range map[string]struct {
		in   ssm.SendCommandInput
		code string
	}{
		"too large":          {script(i, strings.Repeat("x", 64000)), "MaxDocumentSizeExceeded"},
		"no such instance":   {script("i-00000000000000001", "true"), "InvalidInstanceId"},
		"no commands":        {script(i), "InvalidParameters"},
		"a parameter inside": {script(i, "echo {{ssm:x}}"), "InvalidParameters"},
		"another document":   {with(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("AWS-RunPatchBaseline") }), "InvalidDocument"},
		"too short a time":   {with(func(in *ssm.SendCommandInput) { in.TimeoutSeconds = aws.Int32(29) }), "ValidationException"},
		"no time at all":     {with(func(in *ssm.SendCommandInput) { in.Parameters["executionTimeout"] = []string{"0"} }), "InvalidParameters"},
	} {
		w.same(name, w.sends(c.in), "error "+c.code)
	}
	fake.Place("", region).SetInstanceState(i, "stopped")
	w.same("stopped", w.sends(script(i, "true")), "error InvalidInstanceId")
}

// What no agent takes expires, and what is cancelled does not run on.
func TestCommandsEnd(t *testing.T) {
	begun := make(chan struct{}, 1)
	fake, w, i := commander(t, awsfake.Options{Execute: func(ctx context.Context, _, _ string) (string, string, int) {
		begun <- struct{}{}
		<-ctx.Done()
		return "lost", "", -1
	}})
	cancel := func(id any) {
		t.Helper()
		_, err := w.ssm.CancelCommand(w.ctx(), &ssm.CancelCommandInput{CommandId: aws.String(id.(string))})
		w.must(err)
	}
	runs := w.sends(script(i, "sleep"))
	<-begun
	w.same("while it runs", w.shows(runs, i), []any{"InProgress", "InProgress", -1, "", ""})
	cancel(runs)
	w.same("cancelled while it ran", w.becomes(runs, i, "Cancelled"), []any{"Cancelled", "Cancelled", -1, "", ""})
	in := script(i, "sleep")
	in.Parameters["executionTimeout"] = []string{"1"}
	w.same("too long", w.becomes(w.sends(in), i, "TimedOut"), []any{"TimedOut", "Execution Timed Out", -1, "", ""})

	fake.Place("", region).AddAgent(awsfake.Agent{Instance: i, Ping: "ConnectionLost"})
	called, waits := w.sends(script(i, "true")), w.sends(script(i, "true"))
	w.same("while nobody takes it", w.shows(waits, i), []any{"Delayed", "Delayed", -1, "", ""})
	cancel(called)
	w.wait(time.Hour)
	w.same("cancelled before", w.shows(called, i), []any{"Cancelled", "Cancelled", -1, "", ""})
	w.same("expired", w.shows(waits, i), []any{"TimedOut", "Delivery Timed Out", -1, "", ""})
	_, err := w.ssm.CancelCommand(w.ctx(), &ssm.CancelCommandInput{CommandId: aws.String("00000000-0000-0000-0000-000000000000")})
	w.same("cancelled without one", err, "error InvalidCommandId")
}

// Reading lags behind: at first the command is not there.
func TestCommandsShowLate(t *testing.T) {
	fake, w, i := commander(t, awsfake.Options{Lag: time.Second, Execute: func(context.Context, string, string) (string, string, int) { return "", "", 0 }})
	w.wait(time.Minute)
	id := w.sends(script(i, "true"))
	w.same("at once", w.shows(id, i), "error InvocationDoesNotExist")
	fake.Close() // the agent is through
	w.wait(2 * time.Second)
	w.same("later", w.becomes(id, i, "Success"), []any{"Success", "Success", 0, "", ""})
}
