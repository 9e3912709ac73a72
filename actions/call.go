package actions

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// The API actions that change something, as an IAM policy names them.
const (
	AuthorizeIngress = "ec2:AuthorizeSecurityGroupIngress"
	RevokeIngress    = "ec2:RevokeSecurityGroupIngress"
	ModifyMetadata   = "ec2:ModifyInstanceMetadataOptions"
)

// Call is one call of the provider's API with its exact arguments. What it says
// is to be so afterwards; a provider that finds it so already changes nothing,
// so that a call whose answer got lost can be made again.
type Call struct {
	Action  string `json:"action"`
	Account string `json:"account"` // twelve digits
	Region  string `json:"region"`

	// Rule is authorized or revoked. One that is revoked is named by its id,
	// and has to be what this says it is; one without an id was authorized by
	// the same change, and is told by its content.
	Rule *IngressRule `json:"rule,omitempty"`

	Instance string `json:"instance,omitempty"` // of ModifyMetadata
	Tokens   string `json:"tokens,omitempty"`   // of ModifyMetadata, its HttpTokens: "required" or "optional"
}

// Provider makes calls of the cloud's API.
type Provider interface {
	// Make makes the call unless what it says is so already, and reads back
	// that it is. As with Shell.Run, a call that was refused or whose effect is
	// not to be seen is no error: the Output's exit status is 1, and what it
	// says on standard error is a sentence. An error means that it is unknown
	// whether the call had its effect.
	Make(ctx context.Context, call Call) (Made, error)

	// So reports whether what the call says is so now. It changes nothing.
	So(ctx context.Context, call Call) (bool, error)
}

// Made is what came of a call.
type Made struct {
	Output
	Changed bool   // this call brought it about; otherwise it was so already, or is not
	Rule    string // id of the rule that was authorized, if it was
}

// String is the call as a command of the AWS command line interface, which is
// how people know it.
func (c Call) String() string {
	var args []string
	switch {
	case c.Action == RevokeIngress && c.Rule.ID != "":
		args = []string{"revoke-security-group-ingress", "--group-id", word(c.Rule.Group), "--security-group-rule-ids", word(c.Rule.ID)}
	case c.Action == RevokeIngress:
		args = append([]string{"revoke-security-group-ingress", "--group-id", word(c.Rule.Group)}, c.Rule.permission()...)
	case c.Action == AuthorizeIngress:
		args = append([]string{"authorize-security-group-ingress", "--group-id", word(c.Rule.Group)}, c.Rule.permission()...)
		args = append(args, c.Rule.tagging()...)
	case c.Action == ModifyMetadata:
		args = []string{"modify-instance-metadata-options", "--instance-id", word(c.Instance), "--http-tokens", word(c.Tokens)}
	}
	return strings.Join(append(append([]string{"aws", "ec2"}, args...), "--region", word(c.Region)), " ")
}

// permission words the rule as --ip-permissions takes it, in JSON.
func (r IngressRule) permission() []string {
	who := map[string]string{}
	if r.Description != "" {
		who["Description"] = r.Description
	}
	key := "IpRanges"
	switch {
	case r.PrefixList != "":
		key, who["PrefixListId"] = "PrefixListIds", r.PrefixList
	case r.Source != "":
		key, who["GroupId"] = "UserIdGroupPairs", r.Source
	case strings.Contains(r.CIDR, ":"):
		key, who["CidrIpv6"] = "Ipv6Ranges", r.CIDR
	default:
		who["CidrIp"] = r.CIDR
	}
	permission := map[string]any{"IpProtocol": r.Proto, key: []any{who}}
	switch whole := r.From == 0 && r.To == 65535; {
	case r.Proto == "-1":
	case whole && !r.hasPorts(): // of ICMP, every type and code
		permission["FromPort"], permission["ToPort"] = -1, -1
	default:
		permission["FromPort"], permission["ToPort"] = r.From, r.To
	}
	return []string{"--ip-permissions", quotedJSON([]any{permission})}
}

// tagging words the rule's tags as --tag-specifications takes them.
func (r IngressRule) tagging() []string {
	if len(r.Tags) == 0 {
		return nil
	}
	var tags []any
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		tags = append(tags, map[string]string{"Key": key, "Value": r.Tags[key]})
	}
	return []string{"--tag-specifications", quotedJSON([]any{map[string]any{"ResourceType": "security-group-rule", "Tags": tags}})}
}

// quotedJSON is v in JSON, quoted for a shell.
func quotedJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers, lists and maps of them always can be
	}
	return quoted(string(raw))
}

// word is s as one word of a command: people copy what they are shown.
func word(s string) string {
	plain := func(r rune) bool {
		return r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return quoted(s)
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
