package awsfake

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// ec2Tag is a tag as EC2 writes it.
type ec2Tag struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

func tagSet(tags map[string]string) items[ec2Tag] {
	return items[ec2Tag]{each(slices.Sorted(maps.Keys(tags)), func(key string) ec2Tag { return ec2Tag{key, tags[key]} })}
}

// tagged returns a copy of the tags with more of them.
func tagged(tags, more map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, tags)
	maps.Copy(all, more)
	return all
}

// createTags tags resources, all or none.
func createTags(r *request) (any, error) {
	ids, tags := r.texts("ResourceId"), r.tags("Tag")
	if len(ids) == 0 || len(tags) == 0 {
		return nil, missing(cmp.Or(map[bool]string{len(ids) == 0: "resourceIdSet"}[true], "tagSet"))
	}
	for _, id := range ids {
		if err := r.tag(id, tags); err != nil {
			return nil, err
		}
	}
	return fields{{"return", true}}, nil
}

// tag tags one resource, whose id tells what it is.
func (r *request) tag(id string, tags map[string]string) (err error) {
	prefix, _, _ := strings.Cut(id, "-")
	switch prefix {
	case "sgr":
		err = retag(securityGroupRules, r.Rules, id, tags, func(v *Rule) *map[string]string { return &v.Tags })
	case "sg":
		err = retag(securityGroups, r.Groups, id, tags, func(v *SecurityGroup) *map[string]string { return &v.Tags })
	case "i":
		err = retag(instances, r.Instances, id, tags, func(v *Instance) *map[string]string { return &v.Tags })
	case "eni":
		err = retag(interfaces, r.Interfaces, id, tags, func(v *Interface) *map[string]string { return &v.Tags })
	default:
		return refusal("InvalidID", "The ID '%s' is not valid", id)
	}
	return err
}

// retag replaces the resource by one with more tags.
func retag[T any](k kind[T], m map[string]T, id string, tags map[string]string, of func(*T) *map[string]string) error {
	if err := k.wellFormed(id); err != nil {
		return err
	}
	v, ok := m[id]
	if !ok {
		return k.missing(id)
	}
	all := tagged(*of(&v), tags)
	if len(all) > maxTags {
		return refusal("TagLimitExceeded", "You have exceeded the number of tags allowed per resource: %d", maxTags)
	}
	*of(&v) = all
	m[id] = v
	return nil
}
