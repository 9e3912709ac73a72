package cloud

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"
)

// Instance is an EC2 instance of the inventory.
type Instance struct {
	ID        string
	Account   string // twelve digits
	Region    string
	State     string // EC2's: "pending", "running", "stopping", "stopped", "shutting-down", "terminated"
	Private   string // primary private IPv4 address
	Public    string // public IPv4 address of it
	IPv6      string // first address
	Image     string // ami-…
	ImageName string // only where Naming.Images is set and the image still exists
	Tags      map[string]string
}

// Filter picks instances. A zero Filter picks all.
type Filter struct {
	Tags   map[string]string // each must match; * and ? are wildcards, as EC2 has them
	States []string          // any of them
}

// Instances lists the instances of all accounts and regions, sorted by
// account, region and id. It fails when one of the places does.
func (c *Client) Instances(ctx context.Context, f Filter) ([]Instance, error) {
	found := make([][]Instance, len(c.places))
	g, ctx := errgroup.WithContext(ctx)
	for i, p := range c.places {
		g.Go(func() (err error) {
			found[i], err = p.list(ctx, f, len(c.naming.Images) > 0)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	every := slices.Concat(found...)
	slices.SortFunc(every, func(a, b Instance) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.ID, b.ID))
	})
	return every, nil
}

func (p *place) list(ctx context.Context, f Filter, images bool) ([]Instance, error) {
	raw, err := firstly(ctx, p, func(ctx context.Context) ([]owned, error) { return p.instances(ctx, f.filters()) })
	if err != nil {
		return nil, p.fail(err)
	}
	var names map[string]string
	if images {
		if names, err = p.imageNames(ctx, raw); err != nil {
			return nil, p.fail(err)
		}
	}
	some := make([]Instance, len(raw))
	for i, r := range raw {
		some[i] = p.instance(r)
		some[i].ImageName = names[some[i].Image]
	}
	return some, nil
}

func (f Filter) filters() []types.Filter {
	var filters []types.Filter
	for _, key := range slices.Sorted(maps.Keys(f.Tags)) {
		filters = append(filters, types.Filter{Name: aws.String("tag:" + key), Values: []string{f.Tags[key]}})
	}
	if len(f.States) > 0 {
		filters = append(filters, types.Filter{Name: aws.String("instance-state-name"), Values: f.States})
	}
	return filters
}

// owned is an instance with the account that it belongs to.
type owned struct {
	types.Instance
	owner string
}

func (p *place) instances(ctx context.Context, filters []types.Filter) ([]owned, error) {
	in := &ec2.DescribeInstancesInput{Filters: filters, MaxResults: p.limit(1000)}
	return all(ctx, ec2.NewDescribeInstancesPaginator(p.ec2, in), func(o *ec2.DescribeInstancesOutput) []owned {
		var some []owned
		for _, r := range o.Reservations {
			for _, i := range r.Instances {
				some = append(some, owned{i, aws.ToString(r.OwnerId)})
			}
		}
		return some
	})
}

func (p *place) imageNames(ctx context.Context, instances []owned) (map[string]string, error) {
	ids := make([]string, len(instances))
	for i, inst := range instances {
		ids[i] = aws.ToString(inst.ImageId)
	}
	images, err := batched(ids, func(f []types.Filter) ([]types.Image, error) {
		in := &ec2.DescribeImagesInput{Filters: f, MaxResults: p.limit(1000)}
		return all(ctx, ec2.NewDescribeImagesPaginator(p.ec2, in), func(o *ec2.DescribeImagesOutput) []types.Image { return o.Images })
	}, "image-id")
	names := make(map[string]string, len(images))
	for _, i := range images {
		names[aws.ToString(i.ImageId)] = aws.ToString(i.Name)
	}
	return names, err
}

func (p *place) instance(i owned) Instance {
	state := ""
	if i.State != nil {
		state = string(i.State.Name)
	}
	return Instance{
		ID: aws.ToString(i.InstanceId), Account: i.owner, Region: p.region, State: state,
		Private: aws.ToString(i.PrivateIpAddress), Public: aws.ToString(i.PublicIpAddress),
		IPv6: aws.ToString(i.Ipv6Address), Image: aws.ToString(i.ImageId), Tags: tags(i.Tags),
	}
}

func tags(list []types.Tag) map[string]string {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, t := range list {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}
