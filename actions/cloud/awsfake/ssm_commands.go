package awsfake

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Executor runs a script on an instance as the agent of Systems Manager does,
// as root by /bin/sh, and ends it when ctx ends. It may be called by many
// goroutines.
type Executor func(ctx context.Context, instance, script string) (stdout, stderr string, exit int)

// Command is a command of Run Command with its one invocation. An agent that
// is Online runs it at once, by Options.Execute; for one that is ConnectionLost
// it is Delayed until it expires, and to one that is Inactive it is
// Undeliverable.
type Command struct {
	ID, Instance, Comment string

	Script         string // the commands, joined by line breaks
	Status         string // Pending, InProgress, Delayed, Success, Cancelled, TimedOut, Failed or Cancelling
	Details        string // what StatusDetails says; the status if empty
	Exit           int    // -1 until it has ended
	Stdout, Stderr string // as the agent printed them
	Sent, Expires  time.Time
}

// Limits of Systems Manager. The document counts together with what its
// parameters hold.
const (
	maxDocument = 64 << 10
	runShell    = 2 << 10 // of AWS-RunShellScript itself, roughly
	maxStdout   = 24000
	maxStderr   = 8000
	truncated   = "--output truncated--"
)

// executionTimeout is the pattern of AWS-RunShellScript: up to 48 hours.
var executionTimeout = regexp.MustCompile(`^([1-9][0-9]{0,4}|1[0-6][0-9]{4}|17[0-1][0-9]{3}|172[0-7][0-9]{2}|172800)$`)

type sendCommandInput struct {
	DocumentName   string
	InstanceIds    []string
	Parameters     map[string][]string
	TimeoutSeconds *int
	Comment        string
}

// check refuses what AWS refuses, and what this stand-in has not.
func (in sendCommandInput) check() error {
	size := runShell
	for key, values := range in.Parameters {
		size += len(key) + len(strings.Join(values, "\n"))
		if key != "commands" && key != "executionTimeout" {
			return refusal("InvalidParameters", "%s is no parameter of the document that this stand-in for AWS knows", key)
		}
	}
	limit := orElse(in.TimeoutSeconds, 3600)
	timeout := in.Parameters["executionTimeout"]
	script := strings.Join(in.Parameters["commands"], "\n")
	switch {
	case in.DocumentName != "AWS-RunShellScript":
		return refusal("InvalidDocument", "Document with name %s does not exist.", in.DocumentName)
	case len(in.InstanceIds) != 1:
		return refusal("ValidationException", "This stand-in for AWS runs a command on one instance at a time.")
	case script == "":
		return refusal("InvalidParameters", "Parameter \"commands\" requires at least 1 value(s)")
	case strings.Contains(script, "{{"):
		return refusal("InvalidParameters", "This stand-in for AWS puts no parameters into commands.")
	case len(timeout) > 1 || len(timeout) == 1 && !executionTimeout.MatchString(timeout[0]):
		return refusal("InvalidParameters", "Parameter \"executionTimeout\" value does not match its pattern")
	case size > maxDocument:
		return refusal("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
	case limit < 30 || limit > 2592000:
		return refusal("ValidationException", "1 validation error detected: Value '%d' at 'timeoutSeconds' failed to satisfy constraint: Member must be between 30 and 2592000", limit)
	case len(in.Comment) > 100:
		return refusal("ValidationException", "1 validation error detected: Value at 'comment' failed to satisfy constraint: Member must have length less than or equal to 100")
	}
	return nil
}

func sendCommand(r *request) (any, error) {
	var in sendCommandInput
	if err := r.json(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	agent, known := r.Agents[in.InstanceIds[0]]
	if !known || r.Instances[agent.Instance].State != "running" {
		return nil, refusal("InvalidInstanceId", "Instances [[%s]] not in a valid state for account %s", in.InstanceIds[0], r.caller.account)
	}
	c := Command{
		ID: r.fake.uuid(), Instance: agent.Instance, Comment: in.Comment, Script: strings.Join(in.Parameters["commands"], "\n"),
		Status: "Pending", Exit: -1, Sent: r.now, Expires: r.now.Add(time.Duration(orElse(in.TimeoutSeconds, 3600)) * time.Second),
	}
	switch {
	case agent.Ping == "ConnectionLost":
		c.Status = "Delayed"
	case agent.Ping == "Inactive":
		c.Status, c.Details = "Failed", "Undeliverable"
	case r.fake.options.Execute != nil:
		limit, _ := strconv.Atoi(cmp.Or(strings.Join(in.Parameters["executionTimeout"], ""), "3600"))
		r.fake.begin(r.fake.place(r.caller.account, r.region), c, time.Duration(limit)*time.Second)
	}
	r.Commands[c.ID] = c
	return map[string]any{"Command": map[string]any{
		"CommandId": c.ID, "Comment": c.Comment, "DocumentName": in.DocumentName, "InstanceIds": in.InstanceIds,
		"Parameters": in.Parameters, "Status": "Pending", "StatusDetails": "Pending", "TargetCount": 1,
		"RequestedDateTime": float64(c.Sent.UnixMilli()) / 1000, "ExpiresAfter": float64(c.Expires.UnixMilli()) / 1000,
	}}, nil
}

// uuid gives out the id of a command.
func (f *Fake) uuid() string {
	f.last++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", f.last)
}
