package main

import (
	"context"
	"log/slog"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/haproxy"
	"hardenbot/actions/host"
	"hardenbot/actions/remedies"
)

// fleet is the way to the hosts. With AWS, what it tells is part of the facts.
func (c *Config) fleet(client *cloud.Client, log *slog.Logger) (actions.Fleet, error) {
	hosts, err := host.New(host.Config{
		IdentityFile: c.SSH.IdentityFile, Agent: c.SSH.Agent, KnownHosts: c.SSH.KnownHosts,
		ConnectTimeout: c.SSH.ConnectTimeout, Prelude: remedies.Prelude, Log: log,
	})
	if err != nil || client == nil {
		return hosts, err
	}
	return instancesToo{hosts, &cloud.Collector{Next: hosts, Client: client}}, nil
}

// instancesToo is hosts that are instances.
type instancesToo struct {
	*host.Client
	cloud *cloud.Collector
}

func (f instancesToo) Collect(ctx context.Context, h actions.Host) (*actions.Facts, error) {
	return f.cloud.Collect(ctx, h)
}

// Prepare implements actions.Preparer.
func (f instancesToo) Prepare(ctx context.Context, hosts []actions.Host) actions.Collector {
	return f.cloud.Prepare(ctx, hosts)
}

// What rotation.driver may be, besides actions.NoRotation.
const (
	driverAWS     = "aws"
	driverHAProxy = haproxy.Driver
)

// rotation takes hosts out of what sends them traffic.
func (c *Config) rotation(client *cloud.Client) actions.Drivers {
	drivers := actions.Drivers{}
	if client != nil {
		drivers[driverAWS] = &cloud.Rotation{Client: client}
	}
	if len(c.haproxies) > 0 {
		drivers[driverHAProxy] = &haproxy.Rotation{Sockets: c.haproxies}
	}
	return drivers
}

// provider makes changes in AWS; nil without it.
func provider(client *cloud.Client) actions.Provider {
	if client == nil {
		return nil
	}
	return &cloud.Provider{Client: client}
}
