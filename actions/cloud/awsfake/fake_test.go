package awsfake_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

	"hardenbot/actions/cloud/awsfake"
)

func TestLag(t *testing.T) {
	fake, clock, w := newFake(t, awsfake.Options{Lag: 10 * time.Second})
	p := fake.Place("", region)
	w.ids = fill(p)
	before := w.told(w.ids.db)
	_, err := w.authorize(w.ids.db, from(port(22), "192.0.2.0/24"))
	w.must(err)
	w.same("at once", w.told(w.ids.db), before)
	_, err = w.authorize(w.ids.db, from(port(22), "192.0.2.0/24"))
	w.refused("what is not seen yet is there", err, "InvalidPermission.Duplicate")
	clock.Advance(9 * time.Second)
	_, err = w.authorize(w.ids.db, from(port(23), "192.0.2.0/24"))
	w.must(err)
	w.same("a second too early", w.told(w.ids.db), before)
	clock.Advance(time.Second)
	w.same("the first is seen", w.told(w.ids.db), append(before, "tcp 22-22 192.0.2.0/24"))
	now := 0
	for _, r := range p.State().Rules {
		if r.Group == w.ids.db && !r.Egress {
			now++
		}
	}
	w.same("the state has no lag", now, len(before)+2)
	fake.SetLag(0)
	w.same("without a lag", w.told(w.ids.db), append(before, "tcp 22-22 192.0.2.0/24", "tcp 23-23 192.0.2.0/24"))
}

func TestUpdateIsSeenAtOnce(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{Lag: time.Hour})
	p := fake.Place("", region)
	w.ids = fill(p)
	p.SetInstanceState(w.ids.servers[0], "terminated")
	w.same("terminated", w.find(&ec2.DescribeInstancesInput{Filters: []types.Filter{filter("instance-state-name", "terminated")}}), []string{"web-1"})
	w.same("its interface is gone", len(p.State().Interfaces), 9)
}

func TestDeny(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	denied := []string{"ec2:DescribeInstances", "elasticloadbalancing:DescribeLoadBalancers", "ssm:DescribeInstanceInformation", "sts:GetCallerIdentity"}
	calls := func(ec2Code, queryCode, jsonCode string) {
		t.Helper()
		_, err := w.ec2.DescribeInstances(w.ctx(), &ec2.DescribeInstancesInput{})
		w.same("EC2", either("accepted", err), ec2Code)
		_, err = w.elb.DescribeLoadBalancers(w.ctx(), &elb.DescribeLoadBalancersInput{})
		w.same("Elastic Load Balancing", either("accepted", err), queryCode)
		_, err = w.sts.GetCallerIdentity(w.ctx(), &sts.GetCallerIdentityInput{})
		w.same("STS", either("accepted", err), queryCode)
		_, err = w.ssm.DescribeInstanceInformation(w.ctx(), &ssm.DescribeInstanceInformationInput{})
		w.same("Systems Manager", either("accepted", err), jsonCode)
	}
	fake.Deny(denied...)
	calls("error UnauthorizedOperation", "error AccessDenied", "error AccessDeniedException")
	fake.Allow(denied...)
	calls("accepted", "accepted", "accepted")
}

func TestCallsAreKept(t *testing.T) {
	fake, clock, w := newFake(t, awsfake.Options{})
	_, err := w.ec2.DescribeInstances(w.ctx(), &ec2.DescribeInstancesInput{InstanceIds: []string{"i-0123456789abcdef0"}})
	w.refused("not there", err, "InvalidInstanceID.NotFound")
	clock.Advance(time.Minute)
	_, err = w.ssm.DescribeInstanceInformation(w.ctx(), &ssm.DescribeInstanceInformationInput{})
	w.must(err)
	var got []string
	for _, c := range fake.Calls() {
		got = append(got, fmt.Sprint(c.Action, " ", c.Account, " ", c.Region, " ", c.Time.Sub(begin), " ", c.Params["InstanceId.1"], c.Params["body"], " ", c.Error))
	}
	w.same("calls", fmt.Sprintf("%q", got), fmt.Sprintf("%q", []string{
		"ec2:DescribeInstances 123456789012 eu-west-1 0s i-0123456789abcdef0 InvalidInstanceID.NotFound",
		"ssm:DescribeInstanceInformation 123456789012 eu-west-1 1m0s {} ",
	}))
	w.same("count", fake.Count("ec2:DescribeInstances"), 1)
}

func TestPlacesAreApart(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	fake.AddRole(role, "x-1")
	fill(fake.Place("210987654321", "us-east-1"))
	count := func(region, external string) any {
		cfg := w.config.Copy()
		cfg.Region = region
		if external != "" {
			cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(w.sts, role, func(o *stscreds.AssumeRoleOptions) { o.ExternalID = &external }))
		}
		out, err := ec2.NewFromConfig(cfg).DescribeInstances(w.ctx(), &ec2.DescribeInstancesInput{})
		if err != nil {
			return err
		}
		return len(out.Reservations)
	}
	w.same("another account", count("us-east-1", ""), 0)
	w.same("another region", count(region, "x-1"), 0)
	w.same("the place itself", count("us-east-1", "x-1"), 8)
	w.same("another external id", count("us-east-1", "x-2"), "error AccessDenied")
}

func TestPagesWhileThingsChange(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	w.ids = fill(p)
	pages := ec2.NewDescribeInstancesPaginator(w.ec2, &ec2.DescribeInstancesInput{MaxResults: aws.Int32(5)})
	_, err := pages.NextPage(w.ctx())
	w.must(err)
	p.Update(func(s *awsfake.State) { delete(s.Instances, w.ids.servers[4]) }) // the page's last
	second, err := pages.NextPage(w.ctx())
	w.same("no instance is lost between pages", len(of(w, second, err).Reservations), 3)
}

func TestDefaultVPC(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	group := p.AddSecurityGroup(awsfake.SecurityGroup{VPC: p.AddVPC(awsfake.VPC{CIDR: "172.31.0.0/16", Default: true}), Name: "web"})
	out, err := w.revokeContent(group, from(port(22), "192.0.2.0/24"))
	w.same("a rule that is not there is no error", every(of(w, out, err).UnknownIpPermissions, func(p types.IpPermission) string { return *p.IpRanges[0].CidrIp }), []string{"192.0.2.0/24"})
}

func TestQuotaIsForEachFamily(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	group := p.AddSecurityGroup(awsfake.SecurityGroup{VPC: p.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16"}), Name: "web"})
	for n := range 60 {
		p.AddRule(group, awsfake.Rule{Proto: "tcp", From: n, To: n, CIDR: "192.0.2.0/24"})
	}
	six := port(22)
	six.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String("2001:db8::1/32")}}
	out, err := w.authorize(group, six)
	w.same("a rule for IPv6, without the bits behind its mask", *of(w, out, err).SecurityGroupRules[0].CidrIpv6, "2001:db8::/32")
	own := port(23)
	own.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: &group}}
	_, err = w.authorize(group, own)
	w.refused("a group counts in both", err, "RulesPerSecurityGroupLimitExceeded")
}

func TestManyAtOnce(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	group := p.AddSecurityGroup(awsfake.SecurityGroup{VPC: p.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16"}), Name: "web"})
	g, ctx := errgroup.WithContext(w.ctx())
	for n := range int32(20) {
		g.Go(func() error { return authorizeAndRead(ctx, w, group, n) })
	}
	w.must(g.Wait())
	w.same("rules", len(w.rules(group)), 20)
}

func authorizeAndRead(ctx context.Context, w *world, group string, n int32) error {
	_, err := w.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []types.IpPermission{from(port(n), "192.0.2.0/24")}})
	if err != nil {
		return err
	}
	_, err = w.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}})
	return err
}
