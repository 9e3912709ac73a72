package cloud

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// The keys of Cloud.Unread.
const (
	unreadAgent   = "agent"
	unreadConsole = "console"
	unreadUnused  = "unused"
)

// maxAccess bounds the time for each of the other ways in: a service that does
// not answer is not to hold up what is known without it.
const maxAccess = 10 * time.Second

// maxNodes is how many values Systems Manager takes in one filter.
const maxNodes = 100

// askAgents asks Systems Manager for its agents on the instances. What it does
// not list, it does not know. A failure is no one else's.
func (n *network) askAgents(ctx context.Context, own []types.NetworkInterface) {
	ctx, cancel := context.WithTimeout(ctx, maxAccess)
	defer cancel()
	wanted := make([]string, len(own))
	for i, eni := range own {
		wanted[i] = attachedTo(eni)
	}
	slices.Sort(wanted)
	for chunk := range slices.Chunk(slices.Compact(wanted), maxNodes) {
		in := &ssm.DescribeInstanceInformationInput{
			Filters:    []ssmtypes.InstanceInformationStringFilter{{Key: aws.String("InstanceIds"), Values: chunk}},
			MaxResults: n.limit(50),
		}
		nodes, err := all(ctx, ssm.NewDescribeInstanceInformationPaginator(n.ssm, in),
			func(o *ssm.DescribeInstanceInformationOutput) []ssmtypes.InstanceInformation {
				return o.InstanceInformationList
			})
		if err != nil {
			n.silent[unreadAgent] = n.fail(err).Error()
			clear(n.agents) // all or none
			return
		}
		for _, node := range nodes {
			n.agents[aws.ToString(node.InstanceId)] = string(node.PingStatus)
		}
	}
}

// askConsole asks whether the account has the serial console in the region. A
// failure is no one else's.
func (n *network) askConsole(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, maxAccess)
	defer cancel()
	out, err := n.ec2.GetSerialConsoleAccessStatus(ctx, &ec2.GetSerialConsoleAccessStatusInput{})
	if err == nil && out.SerialConsoleAccessEnabled == nil {
		err = errors.New("the answer does not tell whether the serial console is enabled")
	}
	if err != nil {
		n.silent[unreadConsole] = n.fail(err).Error()
		return
	}
	n.console = *out.SerialConsoleAccessEnabled
}
