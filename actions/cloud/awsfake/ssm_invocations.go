package awsfake

import (
	"cmp"
	"net/http"
	"time"
)

func commandInvocation(r *request) (any, error) {
	var in struct{ CommandId, InstanceId, PluginName string }
	if err := r.json(&in); err != nil {
		return nil, err
	}
	c, ok := r.Commands[in.CommandId]
	if !ok || c.Instance != in.InstanceId {
		return nil, fault(http.StatusBadRequest, "InvocationDoesNotExist", "")
	}
	c = c.at(r.now)
	answer := map[string]any{
		"CommandId": c.ID, "InstanceId": c.Instance, "Comment": c.Comment, "DocumentName": "AWS-RunShellScript",
		"PluginName": "aws:runShellScript", "ResponseCode": c.Exit, "Status": c.Status, "StatusDetails": cmp.Or(c.Details, c.Status),
		"StandardOutputContent": "", "StandardErrorContent": "",
	}
	if c.Status == "Success" || c.Status == "Failed" {
		answer["StandardOutputContent"], answer["StandardErrorContent"] = shown(c.Stdout, maxStdout), shown(c.Stderr, maxStderr)
	}
	return answer, nil
}

// at is the command as it is at the time: one that no agent takes expires.
func (c Command) at(now time.Time) Command {
	if (c.Status == "Pending" || c.Status == "Delayed") && !now.Before(c.Expires) {
		c.Status, c.Details = "TimedOut", "Delivery Timed Out"
	}
	return c
}

// shown cuts output as the agent does.
func shown(output string, most int) string {
	if len(output) <= most {
		return output
	}
	return output[:most-len(truncated)] + truncated
}

func cancelCommand(r *request) (any, error) {
	var in struct {
		CommandId   string
		InstanceIds []string
	}
	if err := r.json(&in); err != nil {
		return nil, err
	}
	c, ok := r.Commands[in.CommandId]
	if !ok {
		return nil, refusal("InvalidCommandId", "")
	}
	switch c = c.at(r.now); c.Status {
	case "Pending", "Delayed":
		c.Status = "Cancelled"
	case "InProgress":
		c.Status = "Cancelling"
		r.fake.running[c.ID]()
	}
	r.Commands[c.ID] = c
	return map[string]any{}, nil
}
