package awsfake

import "slices"

func (m Metadata) wire(state string) fields {
	return fields{
		{"state", state}, {"httpTokens", m.Tokens}, {"httpPutResponseHopLimit", m.Hops}, {"httpEndpoint", m.Endpoint},
		{"httpProtocolIpv6", m.IPv6}, {"instanceMetadataTags", m.Tags},
	}
}

// modifyMetadata changes the options that it is given, and leaves the others.
func modifyMetadata(r *request) (any, error) {
	id := r.text("InstanceId")
	if id == "" {
		return nil, missing("InstanceId")
	}
	if err := instances.wellFormed(id); err != nil {
		return nil, err
	}
	i, ok := r.Instances[id]
	switch {
	case !ok:
		return nil, instances.missing(id)
	case i.State == "terminated" || i.State == "shutting-down":
		return nil, refusal("IncorrectInstanceState", "The instance '%s' is not in a state from which its metadata options can be modified.", id)
	}
	m := &i.Metadata
	r.choose("HttpTokens", &m.Tokens, "optional", "required")
	r.choose("HttpEndpoint", &m.Endpoint, "enabled", "disabled")
	r.choose("HttpProtocolIpv6", &m.IPv6, "enabled", "disabled")
	r.choose("InstanceMetadataTags", &m.Tags, "enabled", "disabled")
	m.Hops = orElse(r.number("HttpPutResponseHopLimit"), m.Hops)
	if m.Hops < 1 || m.Hops > 64 {
		return nil, invalid("Value (%d) for parameter HttpPutResponseHopLimit is invalid. It must be between 1 and 64.", m.Hops)
	}
	r.Instances[id] = i
	return fields{{"instanceId", id}, {"instanceMetadataOptions", m.wire("pending")}}, nil
}

// choose reads a parameter that is one of some words, if it is given.
func (p *params) choose(key string, into *string, words ...string) {
	switch text := p.text(key); {
	case text == "":
	case slices.Contains(words, text):
		*into = text
	default:
		p.refuse("Value (%.40s) for parameter %s is invalid.", text, key)
	}
}
