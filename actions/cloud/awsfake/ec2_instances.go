package awsfake

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Instance is an EC2 instance.
type Instance struct {
	ID       string // i-…; given out if empty
	Image    string // ami-…
	Type     string // "t3.micro" if empty
	State    string // "running" if empty, or "pending", "stopping", "stopped", "shutting-down", "terminated"
	Launched time.Time
	Metadata Metadata
	Tags     map[string]string
}

// Metadata is the options of the instance metadata service.
type Metadata struct {
	Tokens   string // "optional" if empty, or "required"
	Endpoint string // "enabled" if empty, or "disabled"
	IPv6     string // "disabled" if empty, or "enabled"
	Tags     string // likewise
	Hops     int    // 1 if zero, at most 64
}

func (m Metadata) withDefaults() Metadata {
	return Metadata{
		Tokens: cmp.Or(m.Tokens, "optional"), Endpoint: cmp.Or(m.Endpoint, "enabled"), IPv6: cmp.Or(m.IPv6, "disabled"),
		Tags: cmp.Or(m.Tags, "disabled"), Hops: cmp.Or(m.Hops, 1),
	}
}

// AddInstance adds an instance with its network interfaces, whose devices are
// numbered in order, and returns its id.
func (p *Place) AddInstance(i Instance, faces ...Interface) string {
	return p.add("i", i.ID, func(s *State, id string) {
		i.ID, i.Type, i.State = id, cmp.Or(i.Type, "t3.micro"), cmp.Or(i.State, "running")
		known(stateCodes, "state of instances", i.State)
		if i.Metadata = i.Metadata.withDefaults(); i.Launched.IsZero() {
			i.Launched = p.fake.options.Now()
		}
		s.Instances[id] = i
		for device, face := range faces {
			face.Instance, face.Device = id, device
			p.putInterface(s, face)
		}
	})
}

// SetInstanceState stops, starts or terminates an instance at once. One that is
// terminated loses its interfaces.
func (p *Place) SetInstanceState(id, state string) {
	p.Update(func(s *State) {
		i := known(s.Instances, "instance", id)
		known(stateCodes, "state of instances", state)
		i.State = state
		s.Instances[id] = i
		for _, n := range s.interfacesOf(id) {
			if state == "terminated" {
				delete(s.Interfaces, n.ID)
			}
		}
	})
}

var stateCodes = map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

// ofFaces makes a filter of something that the instance's interfaces have.
func ofFaces(value func(*State, Interface) []string) func(*State, Instance) []string {
	return func(s *State, i Instance) (list []string) {
		for _, n := range s.interfacesOf(i.ID) {
			list = append(list, value(s, n)...)
		}
		return list
	}
}

var instances = kind[Instance]{
	param: "InstanceId", prefix: "i", noun: "instance ID", max: 1000, alone: true,
	malformed: "InvalidInstanceID.Malformed", notFound: "InvalidInstanceID.NotFound",
	id:   func(i Instance) string { return i.ID },
	tags: func(i Instance) map[string]string { return i.Tags },
	filters: map[string]func(*State, Instance) []string{
		"instance-id":         func(_ *State, i Instance) []string { return []string{i.ID} },
		"instance-state-name": func(_ *State, i Instance) []string { return []string{i.State} },
		"instance-type":       func(_ *State, i Instance) []string { return []string{i.Type} },
		"image-id":            func(_ *State, i Instance) []string { return []string{i.Image} },
		"subnet-id":           ofFaces(func(_ *State, n Interface) []string { return []string{n.Subnet} }),
		"vpc-id":              ofFaces(func(s *State, n Interface) []string { return []string{s.Subnets[n.Subnet].VPC} }),
		"private-ip-address":  ofFaces(func(_ *State, n Interface) []string { return n.Private[:1] }),
		"ip-address":          ofFaces(func(_ *State, n Interface) []string { return n.Public }),
		"instance.group-id":   ofFaces(func(_ *State, n Interface) []string { return n.Groups }),
		"metadata-options.http-tokens": func(_ *State, i Instance) []string {
			return []string{i.Metadata.Tokens}
		},
	},
}

func describeInstances(r *request) (any, error) {
	list, next, err := instances.describe(r, sorted(r.Instances))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(i Instance) fields {
		return fields{
			{"reservationId", "r-" + strings.TrimPrefix(i.ID, "i-")}, {"ownerId", r.caller.account},
			{"instancesSet", items[fields]{[]fields{r.instance(i)}}},
		}
	})
	return fields{{"reservationSet", items[fields]{wire}}, {"nextToken", next}}, nil
}

func (r *request) instance(i Instance) fields {
	f := fields{
		{"instanceId", i.ID}, {"imageId", i.Image}, {"instanceType", i.Type}, {"launchTime", stamp(i.Launched)},
		{"instanceState", fields{{"code", stateCodes[i.State]}, {"name", i.State}}},
		{"tagSet", tagSet(i.Tags)}, {"metadataOptions", i.Metadata.wire("applied")},
	}
	faces := r.interfacesOf(i.ID)
	if len(faces) == 0 {
		return f
	}
	first := faces[0]
	v6 := slices.Concat(first.IPv6, []string{""})[0]
	set := each(faces, func(n Interface) fields { return append(r.face(n), field{"attachment", n.attachment()}) })
	return append(f,
		field{"placement", fields{{"availabilityZone", r.Subnets[first.Subnet].Zone}}}, field{"subnetId", first.Subnet},
		field{"vpcId", r.Subnets[first.Subnet].VPC}, field{"privateIpAddress", first.Private[0]}, field{"ipAddress", first.seen(0)},
		field{"ipv6Address", v6}, field{"groupSet", r.groupSet(first.Groups)}, field{"networkInterfaceSet", items[fields]{set}})
}
