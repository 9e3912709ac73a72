package cloud_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

const (
	account    = "123456789012" // moto's default one
	otherOne   = "210987654321" // otherRole's
	readRules  = "ec2:DescribeSecurityGroupRules"
	readServer = "ec2:DescribeInstances"
)

// TestProvider runs all that changes something against one server, as TestMoto
// does.
func TestProvider(t *testing.T) {
	cloudtest.Credentials(t)
	url := cloudtest.Start(t)
	for _, test := range []struct {
		name string
		run  func(*world)
	}{
		{"rules of every kind", provideRules},
		{"a group of another account", providePeer},
		{"undo brings back the very same", provideUndo},
		{"what a call changed", provideOwnership},
		{"a rule that is another one by now", provideChanged},
		{"a rule that is gone", provideGone},
		{"metadata", provideMetadata},
		{"metadata that take their time", providePending},
		{"throttled", provideThrottled},
		{"answers lost", provideLost},
		{"not known what came of it", provideUnknown},
		{"answers that are too old", provideStale},
		{"not to be seen", provideUnseen},
		{"every permission missing in turn", provideDenied},
		{"refused with reasons", provideRefused},
		{"a group that is full", provideFull},
		{"two regions and two accounts", providePlaces},
		{"calls are the ones declared", provideDeclared},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(newWorld(t, url)) })
	}
}

// provider waits for effects as long as they take here.
func (w *world) provider(change ...func(*cloud.Config)) *cloud.Provider {
	return &cloud.Provider{Client: w.client(change...), Interval: 2 * time.Millisecond, Patience: 20 * time.Second}
}

func ruleCall(action string, rule actions.IngressRule) actions.Call {
	return actions.Call{Action: action, Account: account, Region: region, Rule: &rule}
}

func tokensCall(instance, tokens string) actions.Call {
	return actions.Call{Action: actions.ModifyMetadata, Account: account, Region: region, Instance: instance, Tokens: tokens}
}

// ssh is a rule of the group for one address.
func ssh(group string) actions.IngressRule {
	return actions.IngressRule{Group: group, Proto: "tcp", From: 22, To: 22, CIDR: "203.0.113.7/32"}
}

// makes makes the call and expects its exit status and what it says.
func (w *world) makes(p *cloud.Provider, call actions.Call, exit int, says string) {
	w.t.Helper()
	out, err := p.Make(w.ctx(), call)
	w.must(err)
	if out.Exit != exit || !strings.Contains(out.Stdout+out.Stderr, says) || (exit == 0) != (out.Stderr == "") || (exit == 1) != (out.Stdout == "") {
		w.t.Errorf("%s: got %+v, want %d and %q", call, out, exit, says)
	}
	if strings.Contains(out.Stdout+out.Stderr, "not-a-secret-but-looked-for") {
		w.t.Errorf("%s: the secret key is in %+v", call, out)
	}
}

// ingress returns the group's rules, read around the proxy.
func (w *world) ingress(group string) (rules []types.SecurityGroupRule) {
	w.t.Helper()
	out := made[*ec2.DescribeSecurityGroupRulesOutput](w)(w.ec2.DescribeSecurityGroupRules(w.ctx(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	}))
	return slices.DeleteFunc(out.SecurityGroupRules, func(r types.SecurityGroupRule) bool { return *r.IsEgress })
}

func (w *world) count(what string, group string, want int) {
	w.t.Helper()
	if got := len(w.ingress(group)); got != want {
		w.t.Errorf("%s: the group has %d ingress rules, want %d", what, got, want)
	}
}

// opened makes a group with one rule, and returns it as it has its id.
func (w *world) opened() actions.IngressRule {
	rule := ssh(w.group(w.vpc("10.7.0.0/16"), "web", from4(permission("tcp", 22, 22), "203.0.113.7/32")))
	rule.ID = *w.ingress(rule.Group)[0].SecurityGroupRuleId
	return rule
}

// forms returns the calls of the action that came in.
func (w *world) forms(action string) (forms []cloudtest.Call) {
	for _, c := range w.proxy.Calls() {
		if c.Action == action {
			forms = append(forms, c)
		}
	}
	return forms
}

func provideDeclared(w *world) {
	rule := w.opened()
	id := w.server("web-1", w.subnet(w.vpc("10.8.0.0/16"), "10.8.1.0/24"), "10.8.1.10")
	p := w.provider()
	w.makes(p, ruleCall(actions.RevokeIngress, rule), 0, "Done")
	rule.Tags = map[string]string{"Owner": "alice"}
	w.makes(p, ruleCall(actions.AuthorizeIngress, rule), 0, "Done")
	w.makes(p, tokensCall(id, "required"), 0, "Done")

	called := map[string]bool{}
	for _, c := range w.proxy.Calls() {
		if c.Form.Get("TagSpecification.1.ResourceType") == "security-group-rule" {
			called["ec2:CreateTags"] = true // as IAM sees it
		}
		if c.Action != readRules && c.Action != readServer {
			called[c.Action] = true
		}
	}
	w.same("actions called", sorted(called), cloud.ChangeActions)
	for _, read := range []string{readRules, readServer} {
		if !slices.Contains(cloud.ReadActions, read) || w.proxy.Count(read) == 0 {
			w.t.Errorf("%s is not called, or not declared", read)
		}
	}
}

func sorted(set map[string]bool) (list []string) {
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// TestProviderRefusesCalls needs no AWS: nothing of these calls gets there.
func TestProviderRefusesCalls(t *testing.T) {
	cloudtest.Credentials(t)
	proxy := cloudtest.NewProxy(t, "http://127.0.0.1:0")
	client, err := cloud.New(t.Context(), cloud.Config{Accounts: []cloud.Account{{Role: otherRole, Regions: []string{region}}}, Endpoint: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	rule := func(change func(*actions.IngressRule)) actions.Call {
		r := ssh("sg-1")
		change(&r)
		return ruleCall(actions.AuthorizeIngress, r)
	}
	for want, call := range map[string]actions.Call{
		`"ec2:TerminateInstances" is not among the actions that change something`: {Action: "ec2:TerminateInstances", Account: otherOne, Region: region},
		"it names no rule with a group and a protocol":                            {Action: actions.RevokeIngress, Account: otherOne, Region: region},
		"its rule has to name one source, and names 0":                            rule(func(r *actions.IngressRule) { r.CIDR = "" }),
		"its rule has to name one source, and names 2":                            rule(func(r *actions.IngressRule) { r.Source = "sg-2" }),
		`"203.0.113.7" is no address range`:                                       rule(func(r *actions.IngressRule) { r.CIDR = "203.0.113.7" }),
		"there are no ports 22 to 70000":                                          rule(func(r *actions.IngressRule) { r.To = 70000 }),
		`needs an instance, and "required" or "optional" for its tokens`:          tokensCall("i-1", "off"),
		`account "123456789012" in region "eu-west-1" is not configured`:          tokensCall("i-1", "required"),
	} {
		out, err := (&cloud.Provider{Client: client}).Make(t.Context(), call)
		if err != nil || out.Exit != 1 || !strings.HasPrefix(out.Stderr, "Nothing was changed: the call cannot be made: ") || !strings.Contains(out.Stderr, want) {
			t.Errorf("got %+v and %v, want %q", out, err, want)
		}
	}
	if calls := proxy.Calls(); len(calls) > 0 {
		t.Errorf("AWS was asked: %v", calls)
	}
}

func providePlaces(w *world) {
	far := *w
	far.ec2, _ = w.admin(region, otherRole)
	east := *w
	east.ec2, _ = w.admin("us-east-1", "")
	p := w.provider(everywhere)
	for _, place := range []struct {
		w               *world
		account, region string
	}{{w, account, region}, {&far, otherOne, region}, {&east, account, "us-east-1"}} {
		rule := ssh(place.w.group(place.w.vpc("10.7.0.0/16"), "web"))
		for _, says := range []string{"Done", "Nothing had to be done"} {
			w.makes(p, actions.Call{Action: actions.AuthorizeIngress, Account: place.account, Region: place.region, Rule: &rule}, 0, says)
		}
		place.w.count(place.account+" "+place.region, rule.Group, 1)
	}
	if n := w.proxy.Count("sts:GetCallerIdentity"); n != 2 {
		w.t.Errorf("STS was asked %d times for two places without a role, want once for each", n)
	}
	w.makes(p, actions.Call{Action: actions.ModifyMetadata, Account: otherOne, Region: "us-east-1", Instance: "i-1", Tokens: "required"}, 1,
		`account "210987654321" in region "us-east-1" is not configured`)

	w.proxy.Inject(cloudtest.Fault{Action: "sts:GetCallerIdentity", Code: "InternalFailure", Status: http.StatusInternalServerError})
	_, err := w.provider().Make(w.ctx(), tokensCall("i-1", "required"))
	if err == nil || !strings.Contains(err.Error(), "it is unknown whether ec2:ModifyInstanceMetadataOptions had its effect: AWS, the default account in eu-west-1: sts:GetCallerIdentity failed") {
		w.t.Errorf("while it is not known whose account it is: %v", err)
	}
}

// TestProviderIsNotHeldUp: a call that nobody waits for any more ends.
func TestProviderIsNotHeldUp(t *testing.T) {
	cloudtest.Credentials(t)
	client, err := cloud.New(t.Context(), cloud.Config{Accounts: []cloud.Account{{Role: otherRole, Regions: []string{region}}}, Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	call := tokensCall("i-1", "required")
	call.Account = otherOne
	if out, err := (&cloud.Provider{Client: client}).Make(ctx, call); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v and %v", out, err)
	}
}
