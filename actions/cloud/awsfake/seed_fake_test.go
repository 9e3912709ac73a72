package awsfake_test

import (
	"fmt"
	"testing"
	"time"

	"hardenbot/actions/cloud/awsfake"
)

// fakeWorld is the layout in the fake.
func fakeWorld(t *testing.T) *world {
	fake, _, w := newFake(t, awsfake.Options{Transit: 5 * time.Second})
	fake.AddRole(role, "")
	w.ids = fill(fake.Place("", region))
	return w
}

func fill(p *awsfake.Place) (l layout) {
	l.vpc = p.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16"})
	l.open = p.AddSubnet(awsfake.Subnet{VPC: l.vpc, CIDR: "10.7.1.0/24"})
	l.shut = p.AddSubnet(awsfake.Subnet{VPC: l.vpc, CIDR: "10.7.2.0/24", Zone: region + "b"})
	p.Online(l.open)
	p.AddNetworkACL(awsfake.NetworkACL{VPC: l.vpc, Subnets: []string{l.open}, Entries: []awsfake.ACLEntry{
		{Number: 90, Proto: "6", CIDR: "198.51.100.0/24", From: 22, To: 23},
		{Number: 100, Allow: true, Proto: "-1", CIDR: "0.0.0.0/0"},
	}})
	l.list = p.AddPrefixList(awsfake.PrefixList{CIDRs: []string{"203.0.113.0/24", "198.51.100.0/24"}, Max: 10})
	l.image = p.AddImage(awsfake.Image{Name: "debian-12-amd64"})
	l.web = p.AddSecurityGroup(awsfake.SecurityGroup{VPC: l.vpc, Name: "web"},
		awsfake.Rule{Proto: "tcp", From: 22, To: 22, CIDR: "0.0.0.0/0", Description: "anybody"},
		awsfake.Rule{Proto: "tcp", From: 22, To: 22, CIDR: "::/0"},
		awsfake.Rule{Proto: "tcp", From: 443, To: 443, PrefixList: l.list})
	l.db = p.AddSecurityGroup(awsfake.SecurityGroup{VPC: l.vpc, Name: "db"},
		awsfake.Rule{Proto: "tcp", From: 5432, To: 5432, Source: l.web}, awsfake.Rule{Proto: "-1", CIDR: "10.0.0.0/8"})
	for n := 1; n <= 7; n++ {
		l.servers = append(l.servers, p.AddInstance(
			awsfake.Instance{Image: l.image, Tags: map[string]string{"Name": fmt.Sprintf("web-%d", n), "Role": "web"}},
			awsfake.Interface{Subnet: l.open, Private: []string{fmt.Sprintf("10.7.1.%d", 10+n)}, Groups: []string{l.web}}))
	}
	db := p.AddInstance(awsfake.Instance{Image: l.image, Tags: map[string]string{"Name": "db-1"}},
		awsfake.Interface{Subnet: l.shut, Private: []string{"10.7.2.11"}, Groups: []string{l.db}})
	p.SetInstanceState(db, "stopped")
	l.balancer = p.AddLoadBalancer(awsfake.LoadBalancer{Name: "front", Subnets: []string{l.open, l.shut}, Groups: []string{l.web}})
	l.tg = p.AddTargetGroup(awsfake.TargetGroup{Name: "web", VPC: l.vpc, Port: 8080, Delay: 60 * time.Second,
		Targets: []awsfake.Target{{ID: l.servers[0]}, {ID: l.servers[1]}}})
	l.poolTG = p.AddTargetGroup(awsfake.TargetGroup{Name: "pool", VPC: l.vpc, Port: 8081, Delay: 60 * time.Second})
	p.AddListener(awsfake.Listener{Balancer: l.balancer, Port: 443, TargetGroup: l.tg})
	p.AddListener(awsfake.Listener{Balancer: l.balancer, Port: 80, TargetGroup: l.poolTG})
	p.AddAutoScalingGroup(awsfake.AutoScalingGroup{Name: "pool", Min: 1, Max: 3, TargetGroups: []string{l.poolTG},
		Members: []awsfake.Member{{Instance: l.servers[3]}, {Instance: l.servers[4]}}})
	p.AddAgent(awsfake.Agent{Instance: l.servers[0]})
	p.AddAgent(awsfake.Agent{Instance: l.servers[1], Ping: "ConnectionLost"})
	p.SetSerialConsole(true)
	return l
}
