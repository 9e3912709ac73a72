// Package cloud reads what AWS knows about the hosts. It changes nothing.
//
// In come accounts and regions, hosts of the inventory, and the answers of
// EC2 and of Elastic Load Balancing. Out go instances (from which hosts can be
// made), and for each host an actions.Cloud: its interfaces with groups, rules,
// prefix lists, network ACLs and routes, and the load balancers before it.
//
// What it tells is whole or absent with a reason: one call that fails makes
// every description absent that needs its answer, for a list that is cut short
// would look like a closed door.
//
// Not looked at: classic load balancers, CloudFront, Global Accelerator, groups
// of other accounts that refer to a group over a peering connection, and
// address prefixes delegated to an interface.
//
// The files: config.go and cloud.go open the client, place.go is one account in
// one region, instance.go and naming.go are the inventory, find.go and
// address.go tie hosts to instances, describe.go leads, network.go and
// balancers.go ask, assemble.go, rules.go and users.go turn the answers into
// facts, collector.go joins them with what a host says of itself.
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
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// ReadActions lists every API action that this package calls, sorted, as an
// IAM policy names them. sts:AssumeRole is needed for accounts with a role,
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
	"elasticloadbalancing:DescribeListeners",
	"elasticloadbalancing:DescribeLoadBalancers",
	"elasticloadbalancing:DescribeTargetGroups",
	"elasticloadbalancing:DescribeTargetHealth",
	"sts:AssumeRole",
}

// Client reads. It may be used by many goroutines.
type Client struct {
	places   []*place
	naming   Naming
	resolver Resolver
	now      func() time.Time

	mu   sync.Mutex
	made map[string]Instance // host name → instance that Hosts made it from
	tied map[string]Instance // host name → instance that Describe last tied it to
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
	client := &Client{naming: c.Naming, resolver: c.Resolver, now: c.Now, tied: map[string]Instance{}}
	for _, a := range c.Accounts {
		for _, region := range a.Regions {
			client.places = append(client.places, newPlace(base, a, region, c.PageSize))
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

func newPlace(base aws.Config, a Account, region string, pageSize int32) *place {
	cfg := base.Copy()
	cfg.Region = region
	if a.Role != "" {
		assumed := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), a.Role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = "hardenbot"
			if a.ExternalID != "" {
				o.ExternalID = &a.ExternalID
			}
		})
		cfg.Credentials = aws.NewCredentialsCache(assumed)
	}
	return &place{
		account: a.String(), region: region, pageSize: pageSize,
		ec2: ec2.NewFromConfig(cfg), elb: elb.NewFromConfig(cfg),
	}
}
