// Package cloud reads what AWS knows about the hosts, and makes the calls that
// plans hold.
//
// In come accounts and regions, hosts of the inventory, and the answers of
// EC2, Elastic Load Balancing and Systems Manager. Out go instances (from which
// hosts can be made), and for each host an actions.Cloud: its interfaces with
// groups, rules, prefix lists, network ACLs and routes, the load balancers
// before it, the other ways in, and groups that nothing uses.
//
// What it tells is whole or absent with a reason: one call that fails makes
// every description absent that needs its answer, for a list that is cut short
// would look like a closed door. The other ways in fail alone, into
// Cloud.Unread: they say nothing of who reaches a port.
//
// A Provider takes an actions.Call and sees to it that what the call says is
// so. It reads first, calls only where there is something to do, and reads
// back. A Rotation takes instances out of what sends them traffic and puts them
// back. A RunCommand is a host.Transport: it takes commands to hosts that are
// reached through Systems Manager. The client itself changes nothing.
//
// Not looked at: classic load balancers, CloudFront, Global Accelerator, groups
// of other accounts that refer to a group over a peering connection, and
// address prefixes delegated to an interface. What only would use a group, such
// as a launch template or an Auto Scaling group without instances, does not
// keep it from being called unused.
//
// The files: config.go and cloud.go open the client, sts.go gets it credentials,
// place.go is one account in one region, instance.go and naming.go are the inventory, find.go and
// address.go tie hosts to instances, describe.go leads, network.go,
// balancers.go and access.go ask, assemble.go, rules.go, users.go and unused.go
// turn the answers into facts, collector.go joins them with what a host says of
// itself. provider.go makes calls, by provider_rules.go, provider_content.go
// and provider_metadata.go; provider_place.go finds where, and provider_says.go
// words what came of them. rotation*.go and asg.go are the Rotation.
// runcommand.go ties a session to an instance, runcommand_session.go runs
// commands, runcommand_pack.go and *.sh are what goes to and fro, and
// runcommand_says.go words what came of it.
package cloud

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// ReadActions lists every API action that reading calls, sorted, as an IAM
// policy names them. sts:AssumeRole is needed for accounts with a role,
// ec2:DescribeImages where Naming.Images is set.
var ReadActions = []string{
	"ec2:DescribeImages",
	"ec2:DescribeInstances",
	"ec2:DescribeNetworkAcls",
	"ec2:DescribeNetworkInterfaces",
	"ec2:DescribeRouteTables",
	"ec2:DescribeSecurityGroupRules",
	"ec2:DescribeSecurityGroups",
	"ec2:GetManagedPrefixListEntries",
	"ec2:GetSerialConsoleAccessStatus",
	"elasticloadbalancing:DescribeListeners",
	"elasticloadbalancing:DescribeLoadBalancers",
	"elasticloadbalancing:DescribeTargetGroups",
	"elasticloadbalancing:DescribeTargetHealth",
	"ssm:DescribeInstanceInformation",
	"sts:AssumeRole",
}

// ChangeActions lists every API action that a Provider needs besides
// ReadActions, sorted. ec2:CreateTags is no call of its own: a rule that is
// authorized with its tags needs it. sts:GetCallerIdentity is allowed to
// everybody by AWS.
var ChangeActions = []string{
	"ec2:AuthorizeSecurityGroupIngress",
	"ec2:CreateTags",
	"ec2:ModifyInstanceMetadataOptions",
	"ec2:RevokeSecurityGroupIngress",
	"sts:GetCallerIdentity",
}

// Client reads. It may be used by many goroutines.
type Client struct {
	places   []*place
	naming   Naming
	resolver Resolver
	now      func() time.Time

	mu   sync.Mutex
	made map[string]Instance // by id, those that Hosts made hosts from
}

// New opens a client. It makes no call yet: wrong credentials show at the
// first use. Credentials come from the SDK's default chain.
func New(ctx context.Context, c Config) (*Client, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	base, err := config.LoadDefaultConfig(ctx, c.options()...)
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	base.HTTPClient = HTTPClient{base.HTTPClient}
	client := &Client{naming: c.Naming, resolver: c.Resolver, now: c.Now}
	for _, a := range c.Accounts {
		for _, region := range a.Regions {
			client.places = append(client.places, newPlace(base, a, region, c))
		}
	}
	return client, nil
}

func (c Config) options() []func(*config.LoadOptions) error {
	// A plain http.Client would make the SDK refuse AWS_CA_BUNDLE.
	client := awshttp.NewBuildableClient().WithTimeout(c.Timeout)
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(client),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = c.Attempts, c.MaxBackoff
			})
		}),
	}
	if c.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(c.Endpoint))
	}
	return options
}

func newPlace(base aws.Config, a Account, region string, c Config) *place {
	cfg := base.Copy()
	cfg.Region = region
	if a.Role != "" {
		cfg.Credentials = assumed(cfg, a, c.STSSilence)
	}
	return &place{
		account: a.String(), number: a.number(), region: region, pageSize: c.PageSize, patience: c.Silence, stsPatience: c.STSSilence,
		ec2: ec2.NewFromConfig(cfg), elb: elb.NewFromConfig(cfg), ssm: ssm.NewFromConfig(cfg), asg: autoscaling.NewFromConfig(cfg), sts: newSTS(cfg),
	}
}
