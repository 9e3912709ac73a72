package cloud_test

import (
	"bytes"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud/cloudtest"
)

func provideRules(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	g, bastion, list := w.group(vpc, "web"), w.group(vpc, "bastion"), w.prefixList("203.0.113.0/24")
	p := w.provider()
	for _, test := range []struct {
		rule actions.IngressRule
		says string
		sent map[string]string // below IpPermissions.1
	}{
		{actions.IngressRule{Proto: "tcp", From: 22, To: 22, CIDR: "203.0.113.0/24", Description: "office"}, "tcp 22 from 203.0.113.0/24",
			map[string]string{"IpProtocol": "tcp", "FromPort": "22", "ToPort": "22", "IpRanges.1.CidrIp": "203.0.113.0/24", "IpRanges.1.Description": "office"}},
		{actions.IngressRule{Proto: "tcp", From: 8000, To: 9000, CIDR: "2001:DB8::1/32", Description: "v6"}, "tcp 8000-9000 from 2001:db8::/32",
			map[string]string{"Ipv6Ranges.1.CidrIpv6": "2001:db8::/32", "Ipv6Ranges.1.Description": "v6"}},
		{actions.IngressRule{Proto: "tcp", From: 443, To: 443, PrefixList: list, Prefixes: []string{"203.0.113.0/24"}, Description: "list"}, "tcp 443 from " + list,
			map[string]string{"PrefixListIds.1.PrefixListId": list, "PrefixListIds.1.Description": "list", "IpRanges.1.CidrIp": ""}},
		{actions.IngressRule{Proto: "udp", From: 53, To: 53, Source: bastion, Description: "peers"}, "udp 53 from " + bastion,
			map[string]string{"Groups.1.GroupId": bastion, "Groups.1.UserId": "", "Groups.1.Description": "peers"}},
		{actions.IngressRule{Proto: "-1", From: 0, To: 65535, CIDR: "10.0.0.0/8"}, "everything from 10.0.0.0/8",
			map[string]string{"IpProtocol": "-1", "FromPort": "", "ToPort": "", "IpRanges.1.Description": ""}},
		{actions.IngressRule{Proto: "icmp", From: 8, To: -1, CIDR: "10.0.0.0/8"}, "icmp type 8 code -1 from 10.0.0.0/8",
			map[string]string{"IpProtocol": "icmp", "FromPort": "8", "ToPort": "-1"}},
		{actions.IngressRule{Proto: "icmp", From: 0, To: 65535, CIDR: "10.0.0.0/8"}, "all of icmp from 10.0.0.0/8",
			map[string]string{"FromPort": "-1", "ToPort": "-1"}},
		{actions.IngressRule{Proto: "icmpv6", From: 0, To: 65535, CIDR: "::/0"}, "all of icmpv6 from ::/0",
			map[string]string{"IpProtocol": "icmpv6", "FromPort": "-1", "ToPort": "-1", "Ipv6Ranges.1.CidrIpv6": "::/0"}},
		{actions.IngressRule{Proto: "50", From: 0, To: 65535, CIDR: "10.0.0.0/8"}, "all of 50 from 10.0.0.0/8",
			map[string]string{"IpProtocol": "50", "FromPort": "-1", "ToPort": "-1"}},
		{actions.IngressRule{Proto: "udp", From: 0, To: 65535, CIDR: "10.0.0.0/8"}, "all of udp from 10.0.0.0/8",
			map[string]string{"FromPort": "0", "ToPort": "65535"}},
	} {
		test.rule.Group = g
		before := len(w.ingress(g))
		w.makes(p, ruleCall(actions.AuthorizeIngress, test.rule), 0, "Done: security group "+g+" lets in "+test.says+".")
		sent := w.forms(actions.AuthorizeIngress)
		for key, want := range test.sent {
			if got := sent[len(sent)-1].Form.Get("IpPermissions.1." + key); got != want {
				w.t.Errorf("%s: sent %s %q, want %q", test.says, key, got, want)
			}
		}
		w.makes(p, ruleCall(actions.AuthorizeIngress, test.rule), 0, "Nothing had to be done: security group "+g+" lets in "+test.says+" already.")
		w.count("authorized "+test.says, g, before+1)
		if again := len(w.forms(actions.AuthorizeIngress)); again != len(sent) {
			w.t.Errorf("%s: authorized again", test.says)
		}
		if before%2 == 0 { // the others stay, so that the right one has to be found
			w.makes(p, ruleCall(actions.RevokeIngress, test.rule), 0, "Done: rule without an id ("+test.says+") of security group "+g+" is gone.")
			w.makes(p, ruleCall(actions.RevokeIngress, test.rule), 0, "Nothing had to be done: rule without an id ("+test.says+")")
			w.count("revoked "+test.says, g, before)
			w.makes(p, ruleCall(actions.AuthorizeIngress, test.rule), 0, "Done")
		}
	}
}

func providePeer(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	rule, p := ssh(w.group(vpc, "web")), w.provider()
	bastion := w.group(vpc, "bastion")
	rule.CIDR, rule.Source = "", otherOne+"/"+bastion
	w.proxy.Inject(cloudtest.Fault{Action: readRules, Rewrite: owned(account)}) // moto knows no owner
	w.makes(p, ruleCall(actions.AuthorizeIngress, rule), 0, "lets in tcp 22 from "+bastion)
	form := w.forms(actions.AuthorizeIngress)[0].Form
	w.same("sent", []string{form.Get("IpPermissions.1.Groups.1.GroupId"), form.Get("IpPermissions.1.Groups.1.UserId")}, []string{bastion, otherOne})
	w.makes(p, ruleCall(actions.AuthorizeIngress, rule), 0, "Nothing had to be done")
	w.makes(p, ruleCall(actions.RevokeIngress, rule), 0, "Done")
	w.count("revoked", rule.Group, 0)
}

// provideUndo revokes rules as they were described, and puts them back.
func provideUndo(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	g := w.group(vpc, "web", from6(permission("tcp", 22, 22), "::/0"), fromGroup(permission("-1", 0, 0), w.group(vpc, "bastion")))
	_, err := w.ec2.AuthorizeSecurityGroupIngress(w.ctx(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &g, IpPermissions: []types.IpPermission{from4(permission("tcp", 22, 22), "0.0.0.0/0")},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: []types.Tag{tag("Owner", "alice"), tag("Empty", "")}}},
	})
	w.must(err)
	w.server("web-1", w.subnet(vpc, "10.7.1.0/24"), "10.7.1.10", g)
	p := w.provider()
	rules := func() []actions.IngressRule {
		list := w.told(p.Client, host("web-1", "10.7.1.10"))["web-1"].Interfaces[0].Groups[0].Rules
		slices.SortFunc(list, func(a, b actions.IngressRule) int { return strings.Compare(who(a), who(b)) })
		return list
	}
	before := rules()
	for _, r := range before {
		w.makes(p, ruleCall(actions.RevokeIngress, r), 0, "Done: rule "+r.ID)
	}
	w.count("revoked", g, 0)
	for _, r := range before {
		r.Tags = withTag(r.Tags, "aws:cloudformation:stack-name", "web") // which only AWS may set
		w.makes(p, ruleCall(actions.AuthorizeIngress, r), 0, "Done")
	}
	after := rules()
	for i := range after {
		if i < len(before) && after[i].ID == before[i].ID {
			w.t.Errorf("rule %s was never revoked", after[i].ID)
		}
		after[i].ID, before[i].ID = "", ""
	}
	w.same("rules put back", after, before)
	if i := slices.IndexFunc(after, func(r actions.IngressRule) bool {
		return r.Tags["Owner"] == "alice" && r.Description == "from 0.0.0.0/0"
	}); i < 0 {
		w.t.Errorf("the description and the tags are lost: %+v", after)
	}
	for _, c := range w.forms(actions.AuthorizeIngress) {
		if strings.Contains(c.Body, "cloudformation") {
			w.t.Errorf("a tag of AWS is sent: %s", c.Body)
		}
	}
}

func withTag(tags map[string]string, key, value string) map[string]string {
	with := map[string]string{key: value}
	for k, v := range tags {
		with[k] = v
	}
	return with
}

func provideChanged(w *world) {
	for name, change := range map[string]types.SecurityGroupRuleRequest{
		"ports":  {IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(2222), CidrIpv4: aws.String("203.0.113.7/32")},
		"source": {IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22), CidrIpv4: aws.String("203.0.113.0/24")},
	} {
		cloudtest.Reset(w.t, w.url)
		rule := w.opened()
		w.modify(rule, change)
		w.makes(w.provider(), ruleCall(actions.RevokeIngress, rule), 1, "Rule "+rule.ID+" is not what it was: it was to be tcp 22 from 203.0.113.7/32")
		w.count("other "+name, rule.Group, 1)
	}

	rule := w.opened()
	elsewhere := rule
	elsewhere.Group = w.group(w.vpc("10.8.0.0/16"), "other")
	w.makes(w.provider(), ruleCall(actions.RevokeIngress, elsewhere), 1, "from 203.0.113.7/32 of "+rule.Group+" now. Nothing was revoked.")
	w.proxy.Inject(cloudtest.Fault{Action: readRules, Times: 1, Rewrite: func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte("<isEgress>false"), []byte("<isEgress>true"))
	}})
	w.makes(w.provider(), ruleCall(actions.RevokeIngress, rule), 1, "lets out and not in. Nothing was revoked.")
	w.count("other group", rule.Group, 1)
	if n := w.proxy.Count(actions.RevokeIngress); n > 0 {
		w.t.Errorf("RevokeSecurityGroupIngress was called %d times", n)
	}

	w.modify(rule, types.SecurityGroupRuleRequest{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22), CidrIpv4: aws.String("203.0.113.7/32"), Description: aws.String("bob at home"),
	})
	w.makes(w.provider(), ruleCall(actions.RevokeIngress, rule), 0, "Done: rule "+rule.ID)
	w.count("another description only", rule.Group, 0)
}

func (w *world) modify(rule actions.IngressRule, is types.SecurityGroupRuleRequest) {
	w.t.Helper()
	_, err := w.ec2.ModifySecurityGroupRules(w.ctx(), &ec2.ModifySecurityGroupRulesInput{
		GroupId: &rule.Group, SecurityGroupRules: []types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: &rule.ID, SecurityGroupRule: &is}},
	})
	w.must(err)
}

func provideGone(w *world) {
	rule, p := w.opened(), w.provider()
	w.makes(p, ruleCall(actions.RevokeIngress, rule), 0, "Done: rule "+rule.ID+" (tcp 22 from 203.0.113.7/32) of security group "+rule.Group+" is gone.")
	w.makes(p, ruleCall(actions.RevokeIngress, rule), 0, "Nothing had to be done: rule "+rule.ID+" (tcp 22 from 203.0.113.7/32) of security group "+rule.Group+" is gone already.")
	if n := w.proxy.Count(actions.RevokeIngress); n != 1 {
		w.t.Errorf("RevokeSecurityGroupIngress was called %d times, want 1", n)
	}
}

// provideOwnership tells what a call changed from what was so already: an undo
// takes back only the former.
func provideOwnership(w *world) {
	g := w.group(w.vpc("10.7.0.0/16"), "web")
	p := w.provider()
	so := func(call actions.Call, want bool) {
		w.t.Helper()
		got, err := p.So(w.ctx(), call)
		w.must(err)
		w.same(call.String(), got, want)
	}
	let := ruleCall(actions.AuthorizeIngress, ssh(g))
	so(let, false)
	first, err := p.Make(w.ctx(), let)
	w.must(err)
	so(let, true)
	again, err := p.Make(w.ctx(), let)
	w.must(err)
	if !first.Changed || !strings.HasPrefix(first.Rule, "sgr-") || again.Changed || again.Rule != "" {
		w.t.Errorf("first %+v, again %+v", first, again)
	}
	own := ssh(g)
	own.ID = first.Rule
	shut := ruleCall(actions.RevokeIngress, own)
	so(shut, false)
	gone, err := p.Make(w.ctx(), shut)
	w.must(err)
	so(shut, true)
	twice, err := p.Make(w.ctx(), shut)
	w.must(err)
	if !gone.Changed || twice.Changed {
		w.t.Errorf("revoked %+v, again %+v", gone, twice)
	}
	w.proxy.Inject(cloudtest.Fault{Action: actions.AuthorizeIngress, Times: 1, Lose: true})
	lost, err := p.Make(w.ctx(), let)
	w.must(err)
	if !lost.Changed || lost.Rule == "" {
		w.t.Errorf("its answer got lost: %+v", lost)
	}
}
