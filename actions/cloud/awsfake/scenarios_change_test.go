package awsfake_test

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (w *world) revoke(group string, ids ...string) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	return w.ec2.RevokeSecurityGroupIngress(w.ctx(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: ids})
}

func (w *world) revokeContent(group string, rules ...types.IpPermission) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	return w.ec2.RevokeSecurityGroupIngress(w.ctx(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: rules})
}

// id returns the id of the rule that is told in these words.
func (w *world) id(group, words string) string {
	for id, r := range w.rules(group) {
		if inWords(r) == words {
			return id
		}
	}
	w.Fatalf("group %s has no rule %q", group, words)
	return ""
}

func revoked(w *world) {
	id := w.id(w.ids.web, "tcp 22-22 ::/0")
	out, err := w.revoke(w.ids.web, id)
	w.same("revoke: by id", *of(w, out, err).Return, true)
	w.same("revoke: what is left", w.told(w.ids.web), []string{"tcp 22-22 0.0.0.0/0 anybody", "tcp 443-443 " + w.ids.list})
	w.same("revoke: the answer names the rule", every(out.RevokedSecurityGroupRules, func(r types.RevokedSecurityGroupRule) string {
		return fmt.Sprint(*r.SecurityGroupRuleId == id, " ", aws.ToString(r.CidrIpv6))
	}), []string{"true ::/0"})

	content, err := w.revokeContent(w.ids.web, from(port(22), "0.0.0.0/0"))
	of(w, content, err)
	w.same("revoke: by content, whatever is its description", w.told(w.ids.web), []string{"tcp 443-443 " + w.ids.list})
}

func revokeRefused(w *world) {
	before := w.told(w.ids.web)
	_, err := w.revoke(w.ids.web, "sgr-0123456789abcdef0")
	w.refused("revoke: no such rule", err, "InvalidSecurityGroupRuleId.NotFound")
	_, err = w.revoke(w.ids.web, w.id(w.ids.db, "-1 -1--1 10.0.0.0/8"))
	w.refused("revoke: another group's rule", err, "InvalidSecurityGroupRuleId.NotFound")
	_, err = w.revoke("sg-0123456789abcdef0", w.id(w.ids.web, "tcp 22-22 ::/0"))
	w.refused("revoke: no such group", err, "InvalidGroup.NotFound")
	_, err = w.revokeContent(w.ids.web, from(port(22), "192.0.2.0/24"))
	w.refused("revoke: no such content", err, "InvalidPermission.NotFound")
	_, err = w.revoke(w.ids.web)
	w.refused("revoke: nothing", err, "MissingParameter")
	w.same("revoke: nothing has changed", w.told(w.ids.web), before)

	_, err = w.revokeContent(w.ids.web, from(port(22), "0.0.0.0/0"), from(port(22), "192.0.2.0/24"))
	w.refused("revoke: one of two not there", err, "InvalidPermission.NotFound")
	w.same("revoke: all or none", w.told(w.ids.web), before)
}

func metadataOptions(w *world) {
	modify := func(in ec2.ModifyInstanceMetadataOptionsInput) (*ec2.ModifyInstanceMetadataOptionsOutput, error) {
		return w.ec2.ModifyInstanceMetadataOptions(w.ctx(), &in)
	}
	id := &w.ids.servers[0]
	out, err := modify(ec2.ModifyInstanceMetadataOptionsInput{InstanceId: id, HttpTokens: types.HttpTokensStateRequired})
	w.same("metadata: the answer", []any{*of(w, out, err).InstanceId, string(out.InstanceMetadataOptions.HttpTokens)}, []any{*id, "required"})
	hops, err := modify(ec2.ModifyInstanceMetadataOptionsInput{InstanceId: id, HttpPutResponseHopLimit: aws.Int32(2)})
	of(w, hops, err)
	found, err := w.ec2.DescribeInstances(w.ctx(), &ec2.DescribeInstancesInput{InstanceIds: []string{*id}})
	o := of(w, found, err).Reservations[0].Instances[0].MetadataOptions
	w.same("metadata: the other options stay", []any{o.HttpTokens, *o.HttpPutResponseHopLimit, o.HttpEndpoint, o.State}, []any{"required", 2, "enabled", "applied"})

	_, err = modify(ec2.ModifyInstanceMetadataOptionsInput{InstanceId: aws.String("i-0123456789abcdef0"), HttpTokens: "required"})
	w.refused("metadata: no such instance", err, "InvalidInstanceID.NotFound")
	_, err = modify(ec2.ModifyInstanceMetadataOptionsInput{InstanceId: id, HttpTokens: "sometimes"})
	w.refused("metadata: no such value", err, "InvalidParameterValue")
}

func ruleTags(w *world) {
	id := w.id(w.ids.web, "tcp 22-22 ::/0")
	tag := func(key string, ids ...string) error {
		_, err := w.ec2.CreateTags(w.ctx(), &ec2.CreateTagsInput{Resources: ids, Tags: []types.Tag{{Key: &key, Value: aws.String("run-1")}}})
		return err
	}
	w.must(tag("Name", id))
	w.same("tags: the rule's", name(w.rules(w.ids.web)[id].Tags), "run-1")
	w.refused("tags: no such rule", tag("Name", "sgr-0123456789abcdef0"), "InvalidSecurityGroupRuleId.NotFound")
	w.refused("tags: a key of AWS's own", tag("aws:name", id), "InvalidParameterValue")
}

func dryRun(w *world) {
	before := w.told(w.ids.web)
	_, err := w.ec2.RevokeSecurityGroupIngress(w.ctx(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &w.ids.web, SecurityGroupRuleIds: []string{w.id(w.ids.web, "tcp 22-22 ::/0")}, DryRun: aws.Bool(true),
	})
	w.refused("dry run: the answer", err, "DryRunOperation")
	w.same("dry run: nothing has changed", w.told(w.ids.web), before)
}
