package cloud

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
)

// mayLeaveZones refuses where the host is the last one of its zone that serves
// and the load balancer sends no zone's clients to another: they would get no
// answer.
func (c circle) mayLeaveZones(h actions.Host, others map[string]neighbour) error {
	for _, zone := range c.zones {
		covered := slices.ContainsFunc(slices.Collect(maps.Values(others)), func(n neighbour) bool {
			return n.presence == serves && (n.zone == zone && zone != "" || n.zone == everyZone)
		})
		if !covered {
			return fmt.Errorf("%s stays in rotation: in %s no other target of the zone %s is healthy, and cross-zone load balancing is not known to be on; "+
				"add a target there, or turn it on for the target group", h.Name, groupName(c.key.group), cmp.Or(zone, "that it is in"))
		}
	}
	return nil
}

// zonesApart reports whether load balancers send to targets of their own zone
// only. Application load balancers do not unless the group says so. For others
// the group may leave it to the load balancer, where it is off by default: it is
// taken to be off.
func (m *member) zonesApart(ctx context.Context, arn string) (bool, error) {
	switch crosses, err := m.attribute(ctx, arn, "load_balancing.cross_zone.enabled"); {
	case err != nil:
		return false, err
	case crosses == "true", crosses == "false":
		return crosses == "false", nil
	}
	out, err := m.elb.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
	if err != nil {
		return false, m.fail(err)
	}
	byApplication := func(g elbtypes.TargetGroup) bool {
		return g.Protocol == elbtypes.ProtocolEnumHttp || g.Protocol == elbtypes.ProtocolEnumHttps
	}
	return !slices.ContainsFunc(out.TargetGroups, byApplication), nil
}

// everyZone is the zone of a target outside of the group's VPC.
const everyZone = "all"

// zone is where a target is: as it was registered, or where its interfaces are;
// empty if that is not known.
func (m *member) zone(t targetState) string {
	if t.zone != "" {
		return t.zone
	}
	var zones []string
	for _, eni := range byTarget(m.interfaces)[t.id] {
		zones = append(zones, aws.ToString(eni.AvailabilityZone))
	}
	slices.Sort(zones)
	if zones = slices.Compact(zones); len(zones) != 1 {
		return ""
	}
	return zones[0]
}
