package cloud_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/cloud/cloudtest"
)

// The last healthy target of a zone stays where nobody else's clients are sent.
func TestLastOfZoneStays(t *testing.T) {
	cloudtest.Credentials(t)
	const refused = "web-1 stays in rotation: in target group app no other target of the zone eu-west-1a is healthy, and cross-zone load balancing is not known to be on"
	for _, c := range []struct {
		name, balancer, protocol, crosses string
		zones                             string // of web-1, web-2, …
		says                              string
	}{
		{"network, off by default", "network", "TCP", "", "ab", refused},
		{"network, off", "network", "TCP", "false", "ab", refused},
		{"network, on", "network", "TCP", "true", "ab", ""},
		{"network, two of the zone", "network", "TCP", "", "aba", ""},
		{"application, on by default", "application", "HTTP", "", "ab", ""},
		{"application, off", "application", "HTTP", "false", "ab", refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := awsfake.New(awsfake.Options{})
			t.Cleanup(fake.Close)
			place := fake.Place("", region)
			vpc := place.AddVPC(awsfake.VPC{CIDR: "10.9.0.0/16"})
			subnets := map[rune]string{}
			for n, zone := range "ab" {
				subnets[zone] = place.AddSubnet(awsfake.Subnet{VPC: vpc, CIDR: fmt.Sprintf("10.9.%d.0/24", n), Zone: region + string(zone)})
			}
			place.Online(subnets['a'])
			front := place.AddLoadBalancer(awsfake.LoadBalancer{Name: "front", Type: c.balancer, Subnets: []string{subnets['a'], subnets['b']}})
			var targets []awsfake.Target
			for n, zone := range c.zones {
				address := fmt.Sprintf("10.9.%d.%d", zone-'a', 11+n)
				targets = append(targets, awsfake.Target{ID: place.AddInstance(awsfake.Instance{}, awsfake.Interface{Subnet: subnets[zone], Private: []string{address}})})
			}
			group := place.AddTargetGroup(awsfake.TargetGroup{
				Name: "app", VPC: vpc, Port: 80, Protocol: c.protocol, CrossZone: c.crosses, Interval: -1, Delay: -1, Targets: targets,
			})
			place.AddListener(awsfake.Listener{Balancer: front, Port: 80, Protocol: c.protocol, TargetGroup: group})
			server := httptest.NewServer(fake)
			t.Cleanup(server.Close)
			client, err := cloud.New(t.Context(), cloud.Config{Accounts: []cloud.Account{{Regions: []string{region}}}, Endpoint: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			rotation := &cloud.Rotation{Client: client, Poll: time.Millisecond, Margin: 20 * time.Second}
			web := actions.Host{Name: "web-1", Address: "10.9.0.11"}
			seats, err := rotation.Seats(t.Context(), web)
			if err != nil || len(seats) != 1 {
				t.Fatalf("seats %v, %v", seats, err)
			}
			err = rotation.Drain(t.Context(), web, seats, actions.Room{})
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			after, err := rotation.Seats(t.Context(), web)
			if err != nil || (len(after) == 0) != (c.says == "") {
				t.Errorf("afterwards its seats are %v, %v", after, err)
			}
		})
	}
}
