package cloud

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
)

// maxUnused bounds Cloud.Unused, for each VPC: every host of it has the list.
const maxUnused = 20

// findUnused finds the groups of the interfaces' VPCs that no interface and no
// load balancer carries and to which no other group refers. The groups that EC2
// made itself ("default") cannot be deleted. Groups of other accounts are left
// out: who uses them there is not known.
func (n *network) findUnused(own []types.NetworkInterface) {
	n.unused = map[string][]types.SecurityGroup{}
	used, here := n.used(), map[[2]string]bool{}
	for _, eni := range own {
		here[[2]string{aws.ToString(eni.OwnerId), aws.ToString(eni.VpcId)}] = true
	}
	for _, g := range n.every {
		vpc := aws.ToString(g.VpcId)
		if here[[2]string{aws.ToString(g.OwnerId), vpc}] && !used[aws.ToString(g.GroupId)] && aws.ToString(g.GroupName) != "default" {
			n.unused[vpc] = append(n.unused[vpc], g)
		}
	}
	for _, groups := range n.unused {
		slices.SortFunc(groups, func(a, b types.SecurityGroup) int {
			return cmp.Compare(aws.ToString(a.GroupId), aws.ToString(b.GroupId))
		})
	}
}

// used holds the ids of the groups that something uses. That a group refers to
// itself is no use.
func (n *network) used() map[string]bool {
	used := map[string]bool{}
	for _, eni := range n.interfaces {
		for _, id := range groupIDs(eni) {
			used[id] = true
		}
	}
	for _, lb := range n.balancing.balancers {
		for _, id := range lb.SecurityGroups {
			used[id] = true
		}
	}
	for _, g := range n.every {
		for _, p := range slices.Concat(g.IpPermissions, g.IpPermissionsEgress) {
			for _, pair := range p.UserIdGroupPairs {
				if id := aws.ToString(pair.GroupId); id != aws.ToString(g.GroupId) {
					used[id] = true
				}
			}
		}
	}
	return used
}

// addUnused tells of the unused groups of the VPCs, at most maxUnused of each,
// by id. The entries of prefix lists in their rules are not asked for.
func (n *network) addUnused(told *actions.Cloud, vpcs []string) error {
	slices.Sort(vpcs)
	for _, vpc := range slices.Compact(vpcs) {
		groups := n.unused[vpc]
		if len(groups) > maxUnused {
			told.Unread[unreadUnused] = fmt.Sprintf("of %d unused security groups in %s only the first %d are listed", len(groups), vpc, maxUnused)
			groups = groups[:maxUnused]
		}
		for _, g := range groups {
			id := aws.ToString(g.GroupId)
			rules, err := n.ingress(id)
			if err != nil {
				return err
			}
			told.Unused = append(told.Unused, actions.SecurityGroup{ID: id, Name: aws.ToString(g.GroupName), Rules: rules})
		}
	}
	return nil
}
