package cloud

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
)

// member is a host as an instance, with the seats that are taken or given up.
type member struct {
	*place
	rotation   *Rotation
	host       actions.Host
	instance   string
	interfaces []types.NetworkInterface // of the place
	targets    []actions.Seat           // in target groups
	scaling    *actions.Seat            // in an Auto Scaling group; nil for none
}

// tie finds the instance that the host is now. That it is none is an error: a
// host for which this rotation is declared would go undrained.
func (r *Rotation) tie(ctx context.Context, h actions.Host) (*member, error) {
	d := &description{errs: map[string]error{}}
	for l, tied := range r.Client.tieAll(ctx, []actions.Host{h}, d) {
		return &member{place: l.place, rotation: r, host: h, instance: tied[h.Name], interfaces: l.interfaces}, nil
	}
	if err := d.errs[h.Name]; err != nil {
		return nil, fmt.Errorf("which instance %s is, is not known: %w", h.Name, err)
	}
	return nil, fmt.Errorf("%s cannot be taken out of rotation: no instance of the configured accounts and regions has this address; "+
		"declare `driver: none` under rotation if nothing balances it", h.Name)
}

// member ties the host to its instance and makes sure that the seats are of
// that one; nil if there are no seats.
func (r *Rotation) member(ctx context.Context, h actions.Host, seats []actions.Seat) (*member, error) {
	if len(seats) == 0 {
		return nil, nil
	}
	m, err := r.tie(ctx, h)
	if err != nil {
		return nil, err
	}
	names := m.names()
	for _, s := range seats {
		if s.Region != m.region || s.Account != m.owner() || !slices.Contains(names, s.Target) {
			return nil, fmt.Errorf("%s is %s in %s now, and its seat in %s is that of %.60s: it was replaced, so that a person has to look after the seat", h.Name, m.instance, m.region, groupName(s.Group), s.Target)
		}
		switch s.Driver {
		case DriverTargets:
			m.targets = append(m.targets, s)
		case DriverScaling:
			m.scaling = &s
		default:
			return nil, fmt.Errorf("%s has a seat by the driver %.40q, which is not one of AWS", h.Name, s.Driver)
		}
	}
	return m, nil
}

// own returns the instance's interfaces.
func (m *member) own() []types.NetworkInterface {
	return slices.DeleteFunc(slices.Clone(m.interfaces), func(eni types.NetworkInterface) bool { return attachedTo(eni) != m.instance })
}

// owner is the instance's account, in digits.
func (m *member) owner() string { return aws.ToString(m.own()[0].OwnerId) }

// names returns all that target groups may call the instance.
func (m *member) names() []string {
	names := []string{m.instance}
	for _, eni := range m.own() {
		v4, _, v6 := addresses(eni)
		names = slices.Concat(names, v4, v6)
	}
	return names
}

// find returns the instance's seats, in order.
func (m *member) find(ctx context.Context) ([]actions.Seat, error) {
	groups, err := (&network{place: m.place}).targetGroups(ctx, vpcs(m.own()))
	if err != nil {
		return nil, m.fail(err)
	}
	var seats []actions.Seat
	index := byTarget(m.interfaces)
	for _, g := range groups {
		for _, health := range g.health {
			if !slices.Contains(g.instances(health, index), m.instance) || !stateOf(health).takesTraffic() {
				continue
			}
			seat, err := m.seat(g, health, index)
			if err != nil {
				return nil, err
			}
			seats = append(seats, seat)
		}
	}
	slices.SortFunc(seats, func(a, b actions.Seat) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Port, b.Port))
	})
	scaling, err := m.scalingSeat(ctx)
	return append(seats, scaling...), err
}

func (m *member) seat(g targetGroup, health elbtypes.TargetHealthDescription, index map[string][]types.NetworkInterface) (actions.Seat, error) {
	t := g.target(health)
	seat := actions.Seat{
		Driver: DriverTargets, Account: m.owner(), Region: m.region, Group: t.Group, Target: aws.ToString(health.Target.Id), Port: t.Port,
	}
	if g.TargetType == elbtypes.TargetTypeEnumIp {
		seat.Zone = aws.ToString(health.Target.AvailabilityZone)
	}
	if whose := g.instances(health, index); len(whose) > 1 {
		return seat, fmt.Errorf("%s of %s has the address %s, and not it alone: whose it is there, AWS does not tell", groupName(seat.Group), m.host.Name, seat.Target)
	}
	if health.Target.QuicServerId != nil {
		return seat, fmt.Errorf("%s of %s gives its targets QUIC server ids, and such targets cannot be put back: take %s out by hand", groupName(seat.Group), m.host.Name, m.host.Name)
	}
	return seat, nil
}

// leave gives up the seats. An Auto Scaling group deregisters its instances
// itself when they go into Standby; what it did not register is left to do.
func (m *member) leave(ctx context.Context) error {
	limit, err := m.drainLimit(ctx)
	if err != nil {
		return err
	}
	if err := m.standBy(ctx, limit); err != nil {
		return err
	}
	for _, arn := range m.groups() {
		if err := m.deregister(ctx, arn); err != nil {
			return err
		}
	}
	return m.rotation.until(ctx, limit, func() (string, error) { return m.undrained(ctx) })
}

// comeBack takes the seats again. An Auto Scaling group registers its instances
// itself when they leave Standby; what it did not register is left to do.
func (m *member) comeBack(ctx context.Context) error {
	limit := cmp.Or(m.rotation.Limit, 10*time.Minute)
	if err := m.standIn(ctx, limit); err != nil {
		return err
	}
	for _, arn := range m.groups() {
		if err := m.register(ctx, arn); err != nil {
			return err
		}
	}
	if err := m.rotation.until(ctx, limit, func() (string, error) { return m.unserved(ctx) }); err != nil {
		return err
	}
	return m.slowStart(ctx)
}

// groupName names a target group by its ARN, or an Auto Scaling group.
func groupName(group string) string {
	if _, path, ok := strings.Cut(group, ":targetgroup/"); ok {
		name, _, _ := strings.Cut(path, "/")
		return "target group " + actions.Line(name, 40)
	}
	return "Auto Scaling group " + actions.Line(group, 100)
}
