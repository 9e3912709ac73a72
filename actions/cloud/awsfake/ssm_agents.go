package awsfake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Agent is an instance that Systems Manager manages, by what its agent says.
type Agent struct {
	Instance string
	Ping     string // "Online" if empty, "ConnectionLost" or "Inactive"
	LastPing time.Time
	Version  string // of the agent
	Platform string // "Debian GNU/Linux" if empty
	Release  string // of the platform
}

// AddAgent adds an agent, or replaces the instance's.
func (p *Place) AddAgent(a Agent) {
	p.Update(func(s *State) {
		known(s.Instances, "instance", a.Instance)
		a.Ping, a.Version = cmp.Or(a.Ping, "Online"), cmp.Or(a.Version, "3.3.987.0")
		a.Platform, a.Release = cmp.Or(a.Platform, "Debian GNU/Linux"), cmp.Or(a.Release, "12")
		if a.LastPing.IsZero() {
			a.LastPing = p.fake.options.Now()
		}
		s.Agents[a.Instance] = a
	})
}

// json reads the call's parameters strictly.
func (r *request) json(into any) error {
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refusal("SerializationException", "This stand-in for AWS cannot read the request: %s", err)
	}
	return nil
}

// maxFilterNodes is how many values a filter of Systems Manager takes.
const maxFilterNodes = 100

type agentFilter struct {
	Key    string
	Values []string
}

func describeAgents(r *request) (any, error) {
	var in struct {
		Filters    []agentFilter
		MaxResults *int
		NextToken  string
	}
	if err := r.json(&in); err != nil {
		return nil, err
	}
	if in.MaxResults != nil && (*in.MaxResults < 5 || *in.MaxResults > 50) {
		return nil, refusal("ValidationException", "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value between 5 and 50")
	}
	all := sorted(r.Agents)
	for _, f := range in.Filters {
		value := agentFilters[f.Key]
		switch {
		case value == nil:
			return nil, refusal("InvalidFilterKey", "The filter %s is not valid.", f.Key)
		case len(f.Values) < 1 || len(f.Values) > maxFilterNodes:
			return nil, refusal("ValidationException", "1 validation error detected: Value at 'filters' failed to satisfy constraint: Member must have 1 to %d values", maxFilterNodes)
		}
		all = keep(all, func(a Agent) bool { return slices.Contains(f.Values, value(a)) })
	}
	size := orElse(in.MaxResults, 10)
	list, next, err := page(r, all, func(a Agent) string { return a.Instance }, &size, in.NextToken)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"InstanceInformationList": each(list, r.agent)}
	if next != "" {
		answer["NextToken"] = next
	}
	return answer, nil
}

var agentFilters = map[string]func(Agent) string{
	"InstanceIds":   func(a Agent) string { return a.Instance },
	"PingStatus":    func(a Agent) string { return a.Ping },
	"PlatformTypes": func(Agent) string { return "Linux" },
	"ResourceType":  func(Agent) string { return "EC2Instance" },
}

// agent writes times as JSON does: seconds since 1970.
func (r *request) agent(a Agent) map[string]any {
	info := map[string]any{
		"InstanceId": a.Instance, "PingStatus": a.Ping, "LastPingDateTime": float64(a.LastPing.UnixMilli()) / 1000,
		"AgentVersion": a.Version, "IsLatestVersion": true, "PlatformType": "Linux", "PlatformName": a.Platform,
		"PlatformVersion": a.Release, "ResourceType": "EC2Instance",
	}
	if faces := r.interfacesOf(a.Instance); len(faces) > 0 {
		info["IPAddress"] = faces[0].Private[0]
	}
	return info
}
