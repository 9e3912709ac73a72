package awsfake

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Place is one account in one region. Its Add… methods give out ids and fill
// in what AWS fills in; they panic with a sentence where what they are given
// cannot be, for that is a mistake in the program.
type Place struct {
	fake     *Fake
	account  string
	region   string
	versions []version // oldest first, never empty
}

// version is the state from a time on.
type version struct {
	at    time.Time
	state State
}

// State is all there is in a place, by id, ARN or name. Values are replaced,
// never changed in place: versions share them.
type State struct {
	VPCs          map[string]VPC
	Subnets       map[string]Subnet
	RouteTables   map[string]RouteTable
	NetworkACLs   map[string]NetworkACL
	Groups        map[string]SecurityGroup
	Rules         map[string]Rule
	PrefixLists   map[string]PrefixList
	Images        map[string]Image
	Instances     map[string]Instance
	Interfaces    map[string]Interface
	LoadBalancers map[string]LoadBalancer
	Listeners     map[string]Listener
	TargetGroups  map[string]TargetGroup
	Scaling       map[string]AutoScalingGroup
	Agents        map[string]Agent
	Commands      map[string]Command
	SerialConsole bool // its access is enabled
}

func newState() State {
	return State{
		VPCs: map[string]VPC{}, Subnets: map[string]Subnet{}, RouteTables: map[string]RouteTable{},
		NetworkACLs: map[string]NetworkACL{}, Groups: map[string]SecurityGroup{}, Rules: map[string]Rule{},
		PrefixLists: map[string]PrefixList{}, Images: map[string]Image{}, Instances: map[string]Instance{},
		Interfaces: map[string]Interface{}, LoadBalancers: map[string]LoadBalancer{}, Listeners: map[string]Listener{},
		TargetGroups: map[string]TargetGroup{}, Scaling: map[string]AutoScalingGroup{}, Agents: map[string]Agent{},
		Commands: map[string]Command{},
	}
}

func (s State) clone() State {
	return State{
		VPCs: maps.Clone(s.VPCs), Subnets: maps.Clone(s.Subnets), RouteTables: maps.Clone(s.RouteTables),
		NetworkACLs: maps.Clone(s.NetworkACLs), Groups: maps.Clone(s.Groups), Rules: maps.Clone(s.Rules),
		PrefixLists: maps.Clone(s.PrefixLists), Images: maps.Clone(s.Images), Instances: maps.Clone(s.Instances),
		Interfaces: maps.Clone(s.Interfaces), LoadBalancers: maps.Clone(s.LoadBalancers), Listeners: maps.Clone(s.Listeners),
		TargetGroups: maps.Clone(s.TargetGroups), Scaling: maps.Clone(s.Scaling), Agents: maps.Clone(s.Agents),
		Commands:      maps.Clone(s.Commands),
		SerialConsole: s.SerialConsole,
	}
}

// State returns a copy of what there is now, without any lag.
func (p *Place) State() State {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	return p.newest().clone()
}

// Update changes the state behind the API's back. It is seen at once, and with
// it all that a lag still hid. Slices and maps inside of values must be
// replaced, not changed in place.
func (p *Place) Update(change func(*State)) {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	s := p.newest().clone()
	change(&s)
	p.versions = []version{{state: s}}
}

func (p *Place) newest() State { return p.versions[len(p.versions)-1].state }

// seen returns the state as it was at the time.
func (p *Place) seen(at time.Time) State {
	for _, v := range slices.Backward(p.versions) {
		if !v.at.After(at) {
			return v.state
		}
	}
	return p.versions[0].state
}

// commit makes s the newest state, and forgets versions that the lag is past.
func (p *Place) commit(s State) {
	now := p.fake.options.Now()
	oldest := 0
	for i, v := range p.versions {
		if !v.at.After(now.Add(-p.fake.options.Lag)) {
			oldest = i
		}
	}
	p.versions = append(p.versions[oldest:len(p.versions):len(p.versions)], version{now, s})
}

// add is Update for the Add… methods: what they make gets an id, unless it has
// one already.
func (p *Place) add(prefix, id string, build func(s *State, id string)) string {
	p.Update(func(s *State) {
		if id == "" {
			id = p.fake.id(prefix)
		}
		build(s, id)
	})
	return id
}

// known returns what the map has of the id, or panics.
func known[T any](m map[string]T, what, id string) T {
	v, ok := m[id]
	if !ok {
		panic(fmt.Sprintf("awsfake: there is no %s %q here", what, id))
	}
	return v
}

// sorted returns the map's values in the order of its keys.
func sorted[T any](m map[string]T) []T {
	list := make([]T, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[key])
	}
	return list
}

// each applies f to every item.
func each[T, U any](list []T, f func(T) U) []U {
	out := make([]U, len(list))
	for i, item := range list {
		out[i] = f(item)
	}
	return out
}
