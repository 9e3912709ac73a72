package actions_test

import (
	"testing"

	"hardenbot/actions"
)

// The golden text is what the AWS command line interface takes.
func TestCallAsACommand(t *testing.T) {
	rule := func(change func(*actions.IngressRule)) *actions.IngressRule {
		r := &actions.IngressRule{Group: "sg-1", Proto: "tcp", From: 3306, To: 3306, CIDR: "0.0.0.0/0"}
		change(r)
		return r
	}
	for _, c := range []struct {
		call actions.Call
		want string
	}{
		{actions.Call{Action: actions.RevokeIngress, Rule: rule(func(r *actions.IngressRule) { r.ID = "sgr-1" })},
			"aws ec2 revoke-security-group-ingress --group-id sg-1 --security-group-rule-ids sgr-1 --region eu-west-1"},
		{actions.Call{Action: actions.RevokeIngress, Rule: rule(func(r *actions.IngressRule) { r.CIDR, r.Source = "", "sg-2" })},
			`aws ec2 revoke-security-group-ingress --group-id sg-1 --ip-permissions '[{"FromPort":3306,"IpProtocol":"tcp","ToPort":3306,"UserIdGroupPairs":[{"GroupId":"sg-2"}]}]' --region eu-west-1`},
		{actions.Call{Action: actions.AuthorizeIngress, Rule: rule(func(r *actions.IngressRule) {
			r.CIDR, r.Description, r.Tags = "::/0", "the app's", map[string]string{"b": "2", "a": "it's"}
		})},
			`aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions '[{"FromPort":3306,"IpProtocol":"tcp","Ipv6Ranges":[{"CidrIpv6":"::/0","Description":"the app'\''s"}],"ToPort":3306}]' --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"a","Value":"it'\''s"},{"Key":"b","Value":"2"}]}]' --region eu-west-1`},
		{actions.Call{Action: actions.AuthorizeIngress, Rule: rule(func(r *actions.IngressRule) { r.CIDR, r.PrefixList, r.Proto = "", "pl-1", "-1" })},
			`aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions '[{"IpProtocol":"-1","PrefixListIds":[{"PrefixListId":"pl-1"}]}]' --region eu-west-1`},
		{actions.Call{Action: actions.AuthorizeIngress, Rule: rule(func(r *actions.IngressRule) { r.Proto, r.From, r.To = "icmp", 0, 65535 })},
			`aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions '[{"FromPort":-1,"IpProtocol":"icmp","IpRanges":[{"CidrIp":"0.0.0.0/0"}],"ToPort":-1}]' --region eu-west-1`},
		{actions.Call{Action: actions.ModifyMetadata, Instance: "i-1", Tokens: "required"},
			"aws ec2 modify-instance-metadata-options --instance-id i-1 --http-tokens required --region eu-west-1"},
	} {
		c.call.Region = "eu-west-1"
		if got := c.call.String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
