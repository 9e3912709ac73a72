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

// fleet is the way to the hosts. With AWS, what it tells is part of the facts;
// with a vantage, what it can connect to.
func (c *Config) fleet(inv actions.Inventory, client *cloud.Client, log *slog.Logger) (actions.Fleet, error) {
	transports := map[string]host.Transport{}
	if client != nil {
		transports[actions.TransportSSM] = &cloud.RunCommand{Client: client}
	}
	hosts, err := host.New(host.Config{
		IdentityFile: c.SSH.IdentityFile, Agent: c.SSH.Agent, KnownHosts: c.SSH.KnownHosts,
		ConnectTimeout: c.SSH.ConnectTimeout, Prelude: remedies.Prelude, Log: log, Transports: transports,
	})
	if err != nil {
		return nil, err
	}
	var fleet actions.Fleet = hosts
	if client != nil {
		fleet = knowsMore{fleet, &cloud.Collector{Next: fleet, Client: client}}
	}
	if c.Vantage != "" {
		fleet = knowsMore{fleet, actions.NewVantage(fleet, hosts, inv, c.Vantage)}
	}
	return fleet, nil
}

// knowsMore is hosts of which more is known than they tell.
type knowsMore struct {
	actions.Fleet
	facts interface {
		actions.Collector
		actions.Preparer
	}
}

func (f knowsMore) Collect(ctx context.Context, h actions.Host) (*actions.Facts, error) {
	return f.facts.Collect(ctx, h)
}

// Prepare implements actions.Preparer.
func (f knowsMore) Prepare(ctx context.Context, hosts []actions.Host) actions.Collector {
	return f.facts.Prepare(ctx, hosts)
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
