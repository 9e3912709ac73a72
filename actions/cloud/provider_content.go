package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
)

// content is what of a rule lets in, in one form for each meaning.
type content struct {
	group, proto string
	from, to     int
	who          string // CIDR, prefix list or group
}

// contentOf leaves out the account of a source group: the group's id is unique.
func contentOf(r actions.IngressRule) content {
	c := content{group: r.Group, proto: protocol(&r.Proto), from: r.From, to: r.To}
	if !ported(c.proto) || r.From == -1 && r.To == -1 {
		c.from, c.to = 0, lastPort
	}
	_, group := peer(r.Source)
	c.who = cmp.Or(r.PrefixList, group, r.CIDR)
	if prefix, err := netip.ParsePrefix(c.who); err == nil {
		c.who = prefix.Masked().String() // as EC2 keeps it
	}
	return c
}

// String words it as "tcp 22-23 from 203.0.113.0/24".
func (c content) String() string {
	what := fmt.Sprintf("%s %d-%d", c.proto, c.from, c.to)
	switch {
	case c.proto == "-1":
		what = "everything"
	case c.from == 0 && c.to == lastPort:
		what = "all of " + c.proto
	case c.proto == "icmp" || c.proto == "icmpv6":
		what = fmt.Sprintf("%s type %d code %d", c.proto, c.from, c.to)
	case c.from == c.to:
		what = fmt.Sprintf("%s %d", c.proto, c.from)
	}
	return what + " from " + c.who
}

// ported reports whether EC2 looks at the ports of a rule for the protocol.
func ported(proto string) bool {
	return slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6"}, proto)
}

// permission is the rule as EC2 takes it. For all protocols there are no ports;
// for all of another one, ICMP above all, they are -1.
func permission(r actions.IngressRule) types.IpPermission {
	c := contentOf(r)
	p := types.IpPermission{IpProtocol: &c.proto}
	switch {
	case c.proto == "-1":
	case c.proto != "tcp" && c.proto != "udp" && c.from == 0 && c.to == lastPort:
		p.FromPort, p.ToPort = aws.Int32(-1), aws.Int32(-1)
	default:
		p.FromPort, p.ToPort = aws.Int32(int32(c.from)), aws.Int32(int32(c.to))
	}
	var description *string
	if r.Description != "" {
		description = &r.Description
	}
	switch {
	case r.PrefixList != "":
		p.PrefixListIds = []types.PrefixListId{{PrefixListId: &c.who, Description: description}}
	case r.Source != "":
		pair := types.UserIdGroupPair{GroupId: &c.who, Description: description}
		if account, _ := peer(r.Source); account != "" {
			pair.UserId = &account
		}
		p.UserIdGroupPairs = []types.UserIdGroupPair{pair}
	case strings.Contains(r.CIDR, ":"):
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: &c.who, Description: description}}
	default:
		p.IpRanges = []types.IpRange{{CidrIp: &c.who, Description: description}}
	}
	return p
}

// tagging leaves out the tags of AWS itself, which nobody else may set.
func tagging(tags map[string]string) []types.TagSpecification {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if !strings.HasPrefix(strings.ToLower(key), "aws:") {
			list = append(list, types.Tag{Key: &key, Value: aws.String(tags[key])})
		}
	}
	if list == nil {
		return nil
	}
	return []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: list}}
}

func checkRule(r *actions.IngressRule) error {
	switch {
	case r == nil || r.Group == "" || r.Proto == "":
		return fmt.Errorf("%w: it names no rule with a group and a protocol", errCall)
	case r.From < -1 || r.To < -1 || r.From > lastPort || r.To > lastPort:
		return fmt.Errorf("%w: there are no ports %d to %d", errCall, r.From, r.To)
	}
	who := slices.DeleteFunc([]string{r.CIDR, r.PrefixList, r.Source}, func(s string) bool { return s == "" })
	if len(who) != 1 {
		return fmt.Errorf("%w: its rule has to name one source, and names %d", errCall, len(who))
	}
	if _, err := netip.ParsePrefix(r.CIDR); r.CIDR != "" && err != nil {
		return fmt.Errorf("%w: %.60q is no address range", errCall, r.CIDR)
	}
	return nil
}
