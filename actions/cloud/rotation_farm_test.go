package cloud_test

import (
	"cmp"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/cloud/cloudtest"
)

// farm is web-1, web-2 … behind a load balancer of the stand-in for AWS in
// this process, one target group for all of them.
type farm struct {
	t        *testing.T
	place    *awsfake.Place
	group    string
	ids      []string
	hosts    []actions.Host
	rotation *cloud.Rotation
	scaled   bool // they are an Auto Scaling group, too
}

// kind is what a farm is like.
type kind struct {
	size  int
	least int           // of the Auto Scaling group; none if zero
	ports bool          // each has a second port in the group
	apart bool          // they are in two zones by turns, and traffic stays within zones
	delay time.Duration // of deregistration; none if zero
	fake  awsfake.Options
}

func newFarm(t *testing.T, k kind) *farm {
	cloudtest.Credentials(t)
	fake := awsfake.New(k.fake)
	t.Cleanup(fake.Close)
	f := &farm{t: t, place: fake.Place("", region), scaled: k.least > 0}
	vpc := f.place.AddVPC(awsfake.VPC{CIDR: "10.9.0.0/16"})
	var subnets []string
	for n, zone := range []string{"a", "b"} {
		subnets = append(subnets, f.place.AddSubnet(awsfake.Subnet{VPC: vpc, CIDR: fmt.Sprintf("10.9.%d.0/24", n), Zone: region + zone}))
	}
	f.place.Online(subnets[0])
	balancer, protocol := "application", "HTTP"
	if k.apart {
		balancer, protocol = "network", "TCP"
	}
	var members []awsfake.Member
	var targets []awsfake.Target
	for n := range k.size {
		zone := 0
		if k.apart {
			zone = n % 2
		}
		address := fmt.Sprintf("10.9.%d.%d", zone, 11+n)
		id := f.place.AddInstance(awsfake.Instance{}, awsfake.Interface{Subnet: subnets[zone], Private: []string{address}})
		f.ids, f.hosts = append(f.ids, id), append(f.hosts, actions.Host{Name: fmt.Sprintf("web-%d", n+1), Address: address})
		members = append(members, awsfake.Member{Instance: id})
		if targets = append(targets, awsfake.Target{ID: id, Port: 80}); k.ports {
			targets = append(targets, awsfake.Target{ID: id, Port: 81})
		}
	}
	f.group = f.place.AddTargetGroup(awsfake.TargetGroup{
		Name: "app", VPC: vpc, Port: 80, Protocol: protocol, Interval: -1, Delay: cmp.Or(k.delay, -1), Targets: targets,
	})
	front := f.place.AddLoadBalancer(awsfake.LoadBalancer{Name: "front", Type: balancer, Subnets: subnets})
	f.place.AddListener(awsfake.Listener{Balancer: front, Port: 80, Protocol: protocol, TargetGroup: f.group})
	if f.scaled {
		f.place.AddAutoScalingGroup(awsfake.AutoScalingGroup{Name: "web", Min: k.least, Max: k.size, TargetGroups: []string{f.group}, Members: members})
	}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	client, err := cloud.New(t.Context(), cloud.Config{Accounts: []cloud.Account{{Regions: []string{region}}}, Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	f.rotation = &cloud.Rotation{Client: client, Poll: time.Millisecond, Margin: 20 * time.Second, Limit: 20 * time.Second}
	return f
}

func (f *farm) seats(n int) []actions.Seat {
	seats, err := f.rotation.Seats(f.t.Context(), f.hosts[n])
	if err != nil || len(seats) == 0 {
		f.t.Fatalf("seats of %s: %v, %v", f.hosts[n].Name, seats, err)
	}
	return seats
}

// allSeats reads the seats while every host has its own.
func (f *farm) allSeats() (all [][]actions.Seat) {
	for n := range f.hosts {
		all = append(all, f.seats(n))
	}
	return all
}

// shows is how AWS has it, target group and Auto Scaling group alike.
func (f *farm) shows(n int) string {
	state := f.place.Health(f.group, f.ids[n], 80).State + " " + f.place.Lifecycle(f.ids[n])
	if f.scaled {
		standby := 0
		for _, id := range f.ids {
			if f.place.Lifecycle(id) == "Standby" {
				standby++
			}
		}
		if desired := f.place.State().Scaling["web"].Desired; desired != len(f.ids)-standby {
			return fmt.Sprintf("one of a group with a desired capacity of %d and %d in standby", desired, standby)
		}
	}
	for word, states := range map[string][]string{"up": {"healthy ", "healthy InService"}, "down": {"unhealthy ", "unhealthy InService"}, "out": {"unused ", "unused Standby"}} {
		if state == states[0] || state == states[1] {
			return word
		}
	}
	return state
}

func (f *farm) ail(n int, sick bool) {
	reason := ""
	if sick {
		reason = "Target.Timeout"
	}
	f.place.SetHealth(f.group, f.ids[n], reason)
}

// settledSeats reads the seats once AWS shows what the test has made.
func (f *farm) settledSeats(lag time.Duration) [][]actions.Seat {
	for end := time.Now().Add(lag + 20*time.Second); ; time.Sleep(5 * time.Millisecond) {
		seats, err := f.rotation.Seats(f.t.Context(), f.hosts[0])
		if err == nil && len(seats) > 0 {
			return f.allSeats()
		}
		if time.Now().After(end) {
			f.t.Fatal("AWS never showed the seats: ", err)
		}
	}
}

// leave drains all hosts at the same time.
func (f *farm) leave(seats [][]actions.Seat, room actions.Room) []error {
	errs := make([]error, len(f.hosts))
	var all sync.WaitGroup
	for n, h := range f.hosts {
		all.Go(func() { errs[n] = f.rotation.Drain(f.t.Context(), h, seats[n], room) })
	}
	all.Wait()
	return errs
}
