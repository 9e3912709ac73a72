package cloud_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud/cloudtest"
)

// both runs a test with a rule that is to be authorized, and with one that is
// to be revoked. Left is how many rules the group has once that is done.
func (w *world) both(run func(call actions.Call, left int)) {
	w.proxy = cloudtest.NewProxy(w.t, w.url)
	rule := w.opened()
	run(ruleCall(actions.RevokeIngress, rule), 0)
	w.proxy = cloudtest.NewProxy(w.t, w.url)
	rule = w.opened()
	rule.ID, rule.CIDR = "", "198.51.100.0/24"
	run(ruleCall(actions.AuthorizeIngress, rule), 2)
}

func provideThrottled(w *world) {
	w.both(func(call actions.Call, left int) {
		w.proxy.Inject(cloudtest.Throttle(call.Action, 2), cloudtest.Throttle(readRules, 2),
			cloudtest.Fault{Action: call.Action, Times: 1, Code: "InternalError", Status: http.StatusInternalServerError})
		w.makes(w.provider(), call, 0, "Done")
		w.count("throttled for a while", call.Rule.Group, left)
		if n := w.proxy.Count(call.Action); n != 4 {
			w.t.Errorf("%s was called %d times, want 4", call.Action, n)
		}
	})
	w.both(func(call actions.Call, _ int) {
		w.proxy.Inject(cloudtest.Throttle(call.Action, 0))
		w.makes(w.provider(), call, 1, "Nothing was changed, AWS was too busy to take the call.")
		w.count("throttled for good", call.Rule.Group, 1)
	})
}

// provideLost loses answers after the effect. EC2 then says that it is so
// already, or nothing at all.
func provideLost(w *world) {
	for _, times := range []int{1, 0} {
		w.both(func(call actions.Call, left int) {
			w.proxy.Inject(cloudtest.Fault{Action: call.Action, Times: times, Lose: true})
			w.makes(w.provider(), call, 0, "Done")
			w.count("answer lost", call.Rule.Group, left)
			if n := w.proxy.Count(call.Action); times == 1 && n != 2 || times == 0 && n != 8 {
				w.t.Errorf("%s was called %d times", call.Action, n)
			}
		})
	}
	// The first attempt took the last place in the group.
	w.both(func(call actions.Call, left int) {
		w.proxy.Inject(cloudtest.Fault{Action: call.Action, Times: 1, Lose: true},
			cloudtest.Fault{Action: call.Action, Code: "RulesPerSecurityGroupLimitExceeded"})
		w.makes(w.provider(), call, 0, "Done")
		w.count("answer lost, and refused", call.Rule.Group, left)
	})
}

func provideUnknown(w *world) {
	down := func(action string) cloudtest.Fault {
		return cloudtest.Fault{Action: action, Code: "InternalError", Status: http.StatusInternalServerError, Message: "An internal error has occurred"}
	}
	unknown := func(what string, call actions.Call, because string) {
		w.t.Helper()
		p := w.provider()
		p.Patience = 200 * time.Millisecond
		out, err := p.Make(w.ctx(), call)
		if err == nil || !strings.HasPrefix(err.Error(), "it is unknown whether "+call.Action+" had its effect: AWS, the default account in eu-west-1: "+because) {
			w.t.Errorf("%s: got %+v and %v", what, out, err)
		}
	}
	w.both(func(call actions.Call, _ int) {
		w.proxy.Inject(down(call.Action))
		unknown("no answer, no effect seen", call, call.Action+" failed with InternalError")
	})
	w.both(func(call actions.Call, _ int) {
		p := w.provider()
		p.Patience = time.Nanosecond // over before the first look
		out, err := p.Make(w.ctx(), call)
		if err == nil || !strings.HasSuffix(err.Error(), "AWS does not tell how it is now") || w.proxy.Count(call.Action) != 1 {
			w.t.Errorf("no time to look: got %+v and %v", out, err)
		}
	})
	w.both(func(call actions.Call, _ int) {
		w.proxy.Inject(down(readRules))
		unknown("no look before", call, readRules+" failed with InternalError")
		if n := w.proxy.Count(call.Action); n > 0 {
			w.t.Errorf("%s was called without knowing how it is", call.Action)
		}
	})
	w.both(func(call actions.Call, _ int) {
		w.proxy.Inject(cloudtest.After(call.Action, cloudtest.Deny(readRules))...)
		unknown("no look after", call, readRules+" failed with UnauthorizedOperation")
	})
}

// lag makes the first answers to read after a call of the action the one from
// before it.
func (w *world) lag(action, read string, times int) {
	var before []byte
	keep := cloudtest.Fault{Action: read, Rewrite: func(b []byte) []byte { before = b; return b }}
	keep.If = func(cloudtest.Call) bool { return before == nil }
	w.proxy.Inject(cloudtest.After(action, cloudtest.Fault{Action: read, Times: times, Rewrite: func([]byte) []byte { return before }})...)
	w.proxy.Inject(keep)
}

func provideStale(w *world) {
	w.both(func(call actions.Call, left int) {
		w.lag(call.Action, readRules, 3)
		w.makes(w.provider(), call, 0, "Done")
		w.count("seen late", call.Rule.Group, left)
		w.same("looks and calls", []int{w.proxy.Count(readRules), w.proxy.Count(call.Action)}, []int{5, 1})
	})

	// What was done just before does not show at the first look.
	nothing := cloudtest.Fault{Action: readRules, Times: 1, Body: `<DescribeSecurityGroupRulesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><securityGroupRuleSet/></DescribeSecurityGroupRulesResponse>`}
	rule := w.opened()
	id := rule.ID
	rule.ID = ""
	w.proxy = cloudtest.NewProxy(w.t, w.url)
	w.proxy.Inject(nothing)
	w.makes(w.provider(), ruleCall(actions.AuthorizeIngress, rule), 0, "Done") // EC2: InvalidPermission.Duplicate
	w.same("rule that was there", *w.ingress(rule.Group)[0].SecurityGroupRuleId, id)
	w.proxy.Inject(nothing)
	w.makes(w.provider(), ruleCall(actions.RevokeIngress, rule), 0, "Done")
	w.count("not left behind", rule.Group, 0)

	rule = w.opened()
	w.makes(w.provider(), ruleCall(actions.RevokeIngress, rule), 0, "Done")
	for _, code := range []string{"InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", "InvalidGroup.NotFound"} {
		w.lagged(rule)
		w.proxy.Inject(cloudtest.Fault{Action: actions.RevokeIngress, Times: 1, Code: code}) // moto knows one of them
		w.makes(w.provider(), ruleCall(actions.RevokeIngress, rule), 0, "Done")
	}
}

// lagged shows the rule once more although it is gone.
func (w *world) lagged(rule actions.IngressRule) {
	w.proxy.Inject(cloudtest.Fault{Action: readRules, Times: 1, Body: `<DescribeSecurityGroupRulesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><securityGroupRuleSet><item>
<securityGroupRuleId>` + rule.ID + `</securityGroupRuleId><groupId>` + rule.Group + `</groupId><groupOwnerId>123456789012</groupOwnerId><isEgress>false</isEgress>
<ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><cidrIpv4>203.0.113.7/32</cidrIpv4><tagSet/></item></securityGroupRuleSet></DescribeSecurityGroupRulesResponse>`})
}

// provideUnseen: AWS takes the call and shows no effect.
func provideUnseen(w *world) {
	w.both(func(call actions.Call, _ int) {
		w.lag(call.Action, readRules, 0)
		p := w.provider()
		p.Patience = 100 * time.Millisecond
		w.makes(p, call, 1, "AWS took the call, but 100ms later its effect is not to be seen: aws ec2 ")
	})
}

func provideDenied(w *world) {
	rule := w.opened()
	id := w.server("web-1", w.subnet(w.vpc("10.8.0.0/16"), "10.8.1.0/24"), "10.8.1.10")
	closed := rule
	closed.ID, closed.CIDR = "", "198.51.100.0/24"
	calls := map[string]actions.Call{
		actions.RevokeIngress: ruleCall(actions.RevokeIngress, rule), actions.AuthorizeIngress: ruleCall(actions.AuthorizeIngress, closed),
		actions.ModifyMetadata: tokensCall(id, "required"), readRules: ruleCall(actions.RevokeIngress, rule),
		readServer: tokensCall(id, "required"), "sts:GetCallerIdentity": tokensCall(id, "required"),
	}
	for action, call := range calls {
		w.proxy = cloudtest.NewProxy(w.t, w.url)
		w.proxy.Inject(cloudtest.Deny(action))
		w.makes(w.provider(), call, 1, "Nothing was changed: AWS, the default account in eu-west-1, does not permit "+action+". Add it to the bot's IAM policy.\n")
		if n := w.proxy.Count(action); n != 1 {
			w.t.Errorf("%s, which is denied, was called %d times", action, n)
		}
	}
	w.count("denied", rule.Group, 1)

	far := tokensCall(id, "required")
	far.Account = otherOne
	w.proxy.Inject(cloudtest.Fault{Action: "sts:AssumeRole", Code: "AccessDenied", Status: http.StatusForbidden, Message: "User: arn:aws:iam::123456789012:user/bot is not authorized to perform: sts:AssumeRole on resource: " + otherRole})
	w.makes(w.provider(everywhere), far, 1, "AWS, account 210987654321 in eu-west-1, does not permit sts:AssumeRole.")
}

func provideRefused(w *world) {
	rule := w.opened()
	rule.ID, rule.CIDR = "", "198.51.100.0/24"
	call := ruleCall(actions.AuthorizeIngress, rule)
	const who = "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/bot/i-1 is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:eu-west-1:123456789012:security-group-rule/* "
	for _, test := range []struct{ code, message, says string }{
		{"UnauthorizedOperation", who + "because no identity-based policy allows the ec2:CreateTags action. Encoded authorization failure message: kx8Bq", "does not permit ec2:CreateTags. Add it to the bot's IAM policy.\n"},
		{"UnauthorizedOperation", who + "with an explicit deny in a service control policy. Encoded authorization failure message: kx8Bq", "does not permit ec2:CreateTags. A policy denies it explicitly: who owns that policy has to change it.\n"},
		{"RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.", "Nothing was changed: the security group is full (AWS, the default account in eu-west-1)."},
		{"InvalidGroup.NotFound", "The security group 'sg-1' does not exist.", "ec2:AuthorizeSecurityGroupIngress failed with InvalidGroup.NotFound: The security group 'sg-1' does not exist.\n"},
		{"RequestExpired", "Request has\nexpired. Encoded authorization failure message: kx8Bq", "failed with RequestExpired: Request has expired.\n"},
	} {
		w.proxy.Inject(cloudtest.Fault{Action: call.Action, Times: 1, Code: test.code, Message: test.message, Status: http.StatusForbidden})
		out, err := w.provider().Make(w.ctx(), call)
		w.must(err)
		if out.Exit != 1 || !strings.HasSuffix(out.Stderr, test.says) && !strings.HasPrefix(out.Stderr, test.says) || strings.Contains(out.Stderr, "kx8Bq") || strings.Count(out.Stderr, "\n") != 1 {
			w.t.Errorf("%s: got %+v, want %q", test.code, out, test.says)
		}
	}
	w.count("refused", rule.Group, 1)
}

// provideFull: this quota moto has.
func provideFull(w *world) {
	rule := ssh(w.group(w.vpc("10.7.0.0/16"), "web"))
	many := permission("tcp", 22, 22)
	for n := range 60 {
		many = from4(many, fmt.Sprintf("198.51.100.%d/32", n))
	}
	_, err := w.ec2.AuthorizeSecurityGroupIngress(w.ctx(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &rule.Group, IpPermissions: []types.IpPermission{many}})
	w.must(err)
	w.makes(w.provider(), ruleCall(actions.AuthorizeIngress, rule), 1, "Nothing was changed: the security group is full")
}
