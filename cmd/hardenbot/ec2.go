package main

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"

	"hardenbot/actions/cloud"
	"hardenbot/actions/inventory"
)

// cloud opens the way to AWS; nil where no accounts are configured.
func (c *Config) cloud(ctx context.Context) (*cloud.Client, error) {
	if len(c.AWS.Accounts) == 0 {
		return nil, nil
	}
	aws := c.AWS
	aws.Naming.User = cmp.Or(aws.Naming.User, unsaid)
	return cloud.New(ctx, aws)
}

// inventory knows all hosts: the static ones, and with inventory.ec2 those that
// the client finds.
func (c *Config) inventory(client *cloud.Client, log *slog.Logger) (*inventory.Live, error) {
	cfg := inventory.Config{Static: c.Static.All(), Complete: c.finish, Log: log}
	if c.EC2 != nil {
		cfg.Name, cfg.MaxAge = "EC2", c.EC2.Refresh
		cfg.Source = instances{client, c.AWS.Naming, *c.EC2}
	}
	return inventory.NewLive(cfg)
}

// unsaid stands for no login. An instance needs one to be a host, and where
// nothing about it says which, ssh_config or ssh.user does.
const unsaid = "_"

// instances makes hosts of EC2 instances.
type instances struct {
	client *cloud.Client
	naming cloud.Naming
	ec2    EC2
}

// List returns the running instances as hosts, and the others as away.
func (e instances) List(ctx context.Context) (inventory.Listing, error) {
	found, err := e.find(ctx)
	if err != nil {
		return inventory.Listing{}, err
	}
	var l inventory.Listing
	var running []cloud.Instance
	for _, i := range found {
		switch {
		case i.State == "running":
			running = append(running, i)
		case inventory.CheckName(e.name(i)) == nil:
			l.Away = append(l.Away, e.away(i))
		}
	}
	hosts, refused := e.client.Hosts(running)
	for _, h := range hosts {
		i, _ := e.client.Match(h) // it was made from one
		h.Port, h.Transport = e.ec2.Port, e.ec2.Transport
		if h.User == unsaid {
			h.User = ""
		}
		l.Hosts = append(l.Hosts, inventory.Listed{Host: h, ID: i.ID, Addresses: addressesOf(i)})
	}
	for _, id := range sortedKeys(refused) {
		l.Refused = append(l.Refused, refused[id].Error())
	}
	return l, nil
}

// find asks once for each combination of the tags' values.
func (e instances) find(ctx context.Context) ([]cloud.Instance, error) {
	byID := map[string]cloud.Instance{}
	for _, tags := range combinations(e.ec2.Tags) {
		some, err := e.client.Instances(ctx, cloud.Filter{Tags: tags})
		if err != nil {
			return nil, err
		}
		for _, i := range some {
			byID[i.ID] = i
		}
	}
	found := make([]cloud.Instance, 0, len(byID))
	for _, id := range sortedKeys(byID) {
		found = append(found, byID[id])
	}
	return found, nil
}

// combinations takes one of the values of each tag, in every way there is.
func combinations(tags map[string][]string) []map[string]string {
	all := []map[string]string{{}}
	for _, key := range sortedKeys(tags) {
		var longer []map[string]string
		for _, one := range all {
			for _, value := range tags[key] {
				more := maps.Clone(one)
				more[key] = value
				longer = append(longer, more)
			}
		}
		all = longer
	}
	return all
}

func (e instances) name(i cloud.Instance) string { return i.Tags[cmp.Or(e.naming.NameTag, "Name")] }

func (e instances) away(i cloud.Instance) inventory.Away {
	away := inventory.Away{
		Name: e.name(i), ID: i.ID, State: i.State, Gone: i.State == "terminated" || i.State == "shutting-down",
	}
	for _, tag := range e.naming.GroupTags {
		if group := i.Tags[tag]; group != "" {
			away.Groups = append(away.Groups, group)
		}
	}
	return away
}

func addressesOf(i cloud.Instance) []string {
	return slices.DeleteFunc([]string{i.Private, i.Public, i.IPv6}, func(a string) bool { return a == "" })
}
