package demo

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/host/simhost"
)

// simulated starts the servers, their jump host and their account.
func (w *World) simulated(c config) error {
	key, err := w.identity()
	if err != nil {
		return err
	}
	var hosts []*simhost.Host
	for _, cfg := range simhost.Story(strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) + " ops@team") {
		cfg.Sleep = func(d time.Duration) time.Duration { return d / 10 } // nobody waits for it
		h, err := simhost.Start(cfg)
		if err != nil {
			return err
		}
		w.closes = append(w.closes, h.Close)
		hosts = append(hosts, h)
	}
	bastion, err := simhost.NewBastion(key, hosts)
	if err != nil {
		return err
	}
	w.closes = append(w.closes, bastion.Close)
	known := knownhosts.Line([]string{fmt.Sprintf("[127.0.0.1]:%d", bastion.Port())}, bastion.HostKey()) + "\n"
	for _, h := range hosts {
		known += knownhosts.Line([]string{h.Address()}, h.HostKey()) + "\n"
	}
	if err := w.write("known_hosts", known); err != nil {
		return err
	}
	if c.AWS, err = w.account(hosts); err != nil {
		return err
	}
	c.Bastion = bastion.Port()
	return w.configure(c)
}

// identity writes the bot's key.
func (w *World) identity() (ssh.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "hardenbot's demo")
	if err != nil {
		return nil, err
	}
	if err := w.write("id", string(pem.EncodeToMemory(block))); err != nil {
		return nil, err
	}
	return ssh.NewPublicKey(public)
}

const region = "eu-west-1"

// account serves an AWS account in which the hosts are instances behind a load
// balancer, and returns its address. Their security group lets in more than it
// should.
func (w *World) account(hosts []*simhost.Host) (endpoint string, err error) {
	fake := awsfake.New(awsfake.Options{})
	place := fake.Place("", region)
	vpc := place.AddVPC(awsfake.VPC{CIDR: "10.0.0.0/16"})
	subnet := place.AddSubnet(awsfake.Subnet{VPC: vpc, CIDR: "10.0.1.0/24"})
	place.Online(subnet)
	front := place.AddSecurityGroup(awsfake.SecurityGroup{VPC: vpc, Name: "front"}, open(443))
	web := place.AddSecurityGroup(awsfake.SecurityGroup{VPC: vpc, Name: "web"},
		open(22), open(80), open(443), open(3306), open(8080), open(9090), open(9100))
	image := place.AddImage(awsfake.Image{Name: "debian-12-amd64-20250101"})
	group := place.AddTargetGroup(awsfake.TargetGroup{Name: "app", VPC: vpc, Port: 8080, Delay: 2 * time.Second, Interval: time.Second})
	balancer := place.AddLoadBalancer(awsfake.LoadBalancer{Name: "front", Subnets: []string{subnet}, Groups: []string{front}})
	place.AddListener(awsfake.Listener{Balancer: balancer, Port: 443, TargetGroup: group})
	var targets []awsfake.Target
	for i, h := range hosts {
		id := place.AddInstance(awsfake.Instance{
			ID: h.Instance(), Image: image, Launched: time.Now().Add(-300 * 24 * time.Hour), Tags: map[string]string{"Name": h.Name, "Role": "web"},
		}, awsfake.Interface{Subnet: subnet, Private: []string{h.Address()}, Public: []string{fmt.Sprintf("203.0.113.%d", 11+i)}, Groups: []string{web}})
		place.AddAgent(awsfake.Agent{Instance: id})
		targets = append(targets, awsfake.Target{ID: id, Port: 8080, Registered: time.Now().Add(-300 * 24 * time.Hour)})
	}
	place.Update(func(s *awsfake.State) {
		g := s.TargetGroups[group]
		g.Targets = targets
		s.TargetGroups[group] = g
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	w.serve(listener, fake)
	w.closes = append(w.closes, fake.Close)
	return "http://" + listener.Addr().String(), nil
}

// open is a rule that lets the whole internet in.
func open(port int) awsfake.Rule {
	return awsfake.Rule{Proto: "tcp", From: port, To: port, CIDR: "0.0.0.0/0"}
}
