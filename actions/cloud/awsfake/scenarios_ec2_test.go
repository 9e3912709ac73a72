package awsfake_test

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func whoCalls(w *world) {
	out, err := w.sts.GetCallerIdentity(w.ctx(), &sts.GetCallerIdentityInput{})
	w.same("own account", *of(w, out, err).Account, account)

	cfg := w.config.Copy()
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(w.sts, role))
	out, err = sts.NewFromConfig(cfg).GetCallerIdentity(w.ctx(), &sts.GetCallerIdentityInput{})
	w.same("the role's account", *of(w, out, err).Account, "210987654321")
	found, err := ec2.NewFromConfig(cfg).DescribeInstances(w.ctx(), &ec2.DescribeInstancesInput{})
	w.same("the other account's instances", len(of(w, found, err).Reservations), 0)

	_, err = w.sts.AssumeRole(w.ctx(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::210987654321:role/nobody"), RoleSessionName: aws.String("hardenbot")})
	w.refused("a role that is not there", err, "AccessDenied")
}

// find returns the instances' names.
func (w *world) find(in *ec2.DescribeInstancesInput) any {
	out, err := w.ec2.DescribeInstances(w.ctx(), in)
	if err != nil {
		return err
	}
	var all []types.Instance
	for _, r := range out.Reservations {
		all = append(all, r.Instances...)
	}
	return every(all, func(i types.Instance) string { return name(i.Tags) })
}

func describedInstances(w *world) {
	by := func(filters ...types.Filter) *ec2.DescribeInstancesInput {
		return &ec2.DescribeInstancesInput{Filters: filters}
	}
	w.same("by tag", w.find(by(filter("tag:Name", "web-1", "db-?"))), []string{"db-1", "web-1"})
	w.same("by all of two filters", w.find(by(filter("tag:Role", "w*"), filter("private-ip-address", "10.7.1.12"))), []string{"web-2"})
	w.same("by state", w.find(by(filter("instance-state-name", "stopped"))), []string{"db-1"})
	w.same("by tag key", w.find(by(filter("tag-key", "Role"), filter("instance-id", w.ids.servers[6]))), []string{"web-7"})
	w.same("by nothing that is there", w.find(by(filter("tag:Name", "nobody"))), []string{})
	w.same("by id", w.find(&ec2.DescribeInstancesInput{InstanceIds: []string{w.ids.servers[2]}}), []string{"web-3"})
	w.same("an id that is not there", w.find(&ec2.DescribeInstancesInput{InstanceIds: []string{"i-0123456789abcdef0"}}), "error InvalidInstanceID.NotFound")
	w.same("an id that is none", w.find(&ec2.DescribeInstancesInput{InstanceIds: []string{"web-1"}}), "error InvalidInstanceID.Malformed")
	w.same("a filter that is none", w.find(by(filter("colour", "red"))), "error InvalidParameterValue")

	out, err := w.ec2.DescribeInstances(w.ctx(), &ec2.DescribeInstancesInput{InstanceIds: w.ids.servers[:1]})
	i := of(w, out, err).Reservations[0].Instances[0]
	w.same("an instance", []any{
		*out.Reservations[0].OwnerId, string(i.State.Name), *i.PrivateIpAddress, *i.ImageId, *i.SubnetId, *i.VpcId, *i.SecurityGroups[0].GroupId,
		*i.NetworkInterfaces[0].PrivateIpAddress, string(i.MetadataOptions.HttpTokens), string(i.MetadataOptions.HttpEndpoint), *i.Placement.AvailabilityZone,
	}, []any{account, "running", "10.7.1.11", w.ids.image, w.ids.open, w.ids.vpc, w.ids.web, "10.7.1.11", "optional", "enabled", region + "a"})
}

func pagesOfInstances(w *world) {
	pages := ec2.NewDescribeInstancesPaginator(w.ec2, &ec2.DescribeInstancesInput{MaxResults: aws.Int32(5)})
	seen, sizes := map[string]bool{}, []int{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.ctx())
		of(w, page, err)
		sizes = append(sizes, len(page.Reservations))
		for _, r := range page.Reservations {
			seen[*r.Instances[0].InstanceId] = true
		}
	}
	w.same("all of eight in two pages", []any{len(seen), sizes}, []any{8, []int{5, 3}})
	w.same("too small a page", w.find(&ec2.DescribeInstancesInput{MaxResults: aws.Int32(4)}), "error InvalidParameterValue")
	w.same("ids with a page size", w.find(&ec2.DescribeInstancesInput{InstanceIds: w.ids.servers[:1], MaxResults: aws.Int32(5)}), "error InvalidParameterCombination")
	w.same("a token that is none", w.find(&ec2.DescribeInstancesInput{NextToken: aws.String("%"), MaxResults: aws.Int32(5)}), "error InvalidNextToken")
}

func describedInterfaces(w *world) {
	find := func(filters ...types.Filter) any {
		out, err := w.ec2.DescribeNetworkInterfaces(w.ctx(), &ec2.DescribeNetworkInterfacesInput{Filters: filters})
		if err != nil {
			return err
		}
		return every(out.NetworkInterfaces, func(n types.NetworkInterface) string {
			return strings.Join([]string{*n.PrivateIpAddress, *n.Groups[0].GroupName, *n.SubnetId, string(n.Status), *n.Attachment.InstanceId}, " ")
		})
	}
	web2 := []string{fmt.Sprintf("10.7.1.12 web %s in-use %s", w.ids.open, w.ids.servers[1])}
	w.same("by instance", find(filter("attachment.instance-id", w.ids.servers[1])), web2)
	w.same("by address", find(filter("addresses.private-ip-address", "10.7.1.12"), filter("vpc-id", w.ids.vpc)), web2)
	out, err := w.ec2.DescribeNetworkInterfaces(w.ctx(), &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("description", "ELB app/front/*")}})
	w.same("a load balancer's own", len(of(w, out, err).NetworkInterfaces), 2)
	_, err = w.ec2.DescribeNetworkInterfaces(w.ctx(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{"eni-0123456789abcdef0"}})
	w.refused("an interface that is not there", err, "InvalidNetworkInterfaceID.NotFound")
}

func describedRoutes(w *world) {
	tables, err := w.ec2.DescribeRouteTables(w.ctx(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("vpc-id", w.ids.vpc)}, MaxResults: aws.Int32(100)})
	w.same("route tables", every(of(w, tables, err).RouteTables, func(t types.RouteTable) string {
		routes := every(t.Routes, func(r types.Route) string {
			return *r.DestinationCidrBlock + " " + aws.ToString(r.GatewayId)[:4] + " " + string(r.State)
		})
		return fmt.Sprintf("%t %q %s", aws.ToBool(t.Associations[0].Main), aws.ToString(t.Associations[0].SubnetId), routes)
	}), []string{
		`false "` + w.ids.open + `" [0.0.0.0/0 igw- active 10.7.0.0/16 loca active]`, `true "" [10.7.0.0/16 loca active]`,
	})
	acls, err := w.ec2.DescribeNetworkAcls(w.ctx(), &ec2.DescribeNetworkAclsInput{Filters: []types.Filter{filter("association.subnet-id", w.ids.open, w.ids.shut)}})
	w.same("network ACLs", every(of(w, acls, err).NetworkAcls, func(a types.NetworkAcl) string {
		var in []types.NetworkAclEntry
		for _, e := range a.Entries {
			if !*e.Egress {
				in = append(in, e)
			}
		}
		return fmt.Sprint(*a.IsDefault, " ", every(in, func(e types.NetworkAclEntry) string {
			r := cmp.Or(e.PortRange, &types.PortRange{From: aws.Int32(0), To: aws.Int32(0)})
			return fmt.Sprint(*e.RuleNumber, " ", e.RuleAction, " ", *e.Protocol, " ", *e.CidrBlock, " ", *r.From, "-", *r.To)
		}))
	}), []string{
		"false [100 allow -1 0.0.0.0/0 0-0 32767 deny -1 0.0.0.0/0 0-0 90 deny 6 198.51.100.0/24 22-23]",
		"true [100 allow -1 0.0.0.0/0 0-0 32767 deny -1 0.0.0.0/0 0-0]",
	})
}

func describedRest(w *world) {
	images, err := w.ec2.DescribeImages(w.ctx(), &ec2.DescribeImagesInput{Filters: []types.Filter{filter("name", "debian-12-*")}})
	w.same("images by name", every(of(w, images, err).Images, func(i types.Image) string { return *i.ImageId + *i.Name }), []string{w.ids.image + "debian-12-amd64"})
	_, err = w.ec2.DescribeImages(w.ctx(), &ec2.DescribeImagesInput{ImageIds: []string{"ami-0123456789abcdef0"}})
	w.refused("an image that is not there", err, "InvalidAMIID.NotFound")

	entries, err := w.ec2.GetManagedPrefixListEntries(w.ctx(), &ec2.GetManagedPrefixListEntriesInput{PrefixListId: &w.ids.list, MaxResults: aws.Int32(100)})
	w.same("entries of a prefix list", every(of(w, entries, err).Entries, func(e types.PrefixListEntry) string { return *e.Cidr }), []string{"198.51.100.0/24", "203.0.113.0/24"})
	_, err = w.ec2.GetManagedPrefixListEntries(w.ctx(), &ec2.GetManagedPrefixListEntriesInput{PrefixListId: aws.String("pl-0123456789abcdef0")})
	w.refused("a prefix list that is not there", err, "InvalidPrefixListID.NotFound")

	console, err := w.ec2.GetSerialConsoleAccessStatus(w.ctx(), &ec2.GetSerialConsoleAccessStatusInput{})
	enabled := false
	if err == nil {
		enabled = *console.SerialConsoleAccessEnabled
	}
	w.same("serial console", either(enabled, err), true)
}
