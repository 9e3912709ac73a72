package awsfake

import (
	"regexp"
	"slices"
	"strings"
)

// kind is what the Describe actions of EC2 have in common: ids, filters and
// pages.
type kind[T any] struct {
	param     string // that has ids: "InstanceId"
	prefix    string // of ids: "i"
	noun      string // in AWS's words: "instance ID"
	malformed string // error code
	notFound  string // error code
	max       int    // of MaxResults; the least is 5
	alone     bool   // ids and MaxResults exclude each other
	id        func(T) string
	tags      func(T) map[string]string
	filters   map[string]func(*State, T) []string
}

// describe returns the page of the items that is asked for. The items are in
// order of their ids.
func (k kind[T]) describe(r *request, all []T) ([]T, string, error) {
	ids := r.texts(k.param)
	size := r.number("MaxResults")
	some, err := k.named(ids, all)
	if err != nil {
		return nil, "", err
	}
	if some, err = k.filtered(r, some); err != nil {
		return nil, "", err
	}
	switch {
	case size != nil && len(ids) > 0 && k.alone:
		return nil, "", refusal("InvalidParameterCombination", "The parameter %ss cannot be used with the parameter maxResults", k.param)
	case size != nil && *size < 5:
		return nil, "", invalid("Value ( %d ) for parameter maxResults is invalid. Expecting a value greater than 5.", *size)
	case size != nil && *size > k.max:
		return nil, "", invalid("Value ( %d ) for parameter maxResults is invalid. Expecting a value less than or equal to %d.", *size, k.max)
	}
	return page(r, some, k.id, size, r.text("NextToken"))
}

var hexID = regexp.MustCompile(`^([0-9a-f]{8}|[0-9a-f]{17})$`)

// wellFormed checks how an id is written: "i-" and 8 or 17 digits.
func (k kind[T]) wellFormed(id string) error {
	if rest, ok := strings.CutPrefix(id, k.prefix+"-"); !ok || !hexID.MatchString(rest) {
		return refusal(k.malformed, "Invalid id: \"%s\" (expecting \"%s-...\")", id, k.prefix)
	}
	return nil
}

// named returns the items with the ids, or all. Each id must be there.
func (k kind[T]) named(ids []string, all []T) ([]T, error) {
	if len(ids) == 0 {
		return all, nil
	}
	for _, id := range ids {
		if err := k.wellFormed(id); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(item T) bool { return k.id(item) == id }) {
			return nil, k.missing(id)
		}
	}
	return keep(all, func(item T) bool { return slices.Contains(ids, k.id(item)) }), nil
}

func (k kind[T]) missing(id string) error {
	return refusal(k.notFound, "The %s '%s' does not exist", k.noun, id)
}

// maxFilterValues is how many values EC2 takes in one call.
const maxFilterValues = 200

// filtered returns the items that pass every filter.
func (k kind[T]) filtered(r *request, all []T) ([]T, error) {
	count := 0
	for _, part := range r.parts("Filter") {
		name, values := r.text(part+"Name"), r.texts(part+"Value")
		value := k.filter(name)
		if count += len(values); count > maxFilterValues {
			return nil, refusal("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maxFilterValues)
		}
		if value == nil {
			return nil, invalid("The filter '%s' is invalid", name)
		}
		if len(values) == 0 {
			return nil, invalid("The filter '%s' has no values", name)
		}
		any := wildcards(values)
		all = keep(all, func(item T) bool { return slices.ContainsFunc(value(r.State, item), any) })
	}
	return all, nil
}

// filter returns what the named filter looks at, nil if there is none.
func (k kind[T]) filter(name string) func(*State, T) []string {
	key, tagged := strings.CutPrefix(name, "tag:")
	switch {
	case tagged && k.tags != nil:
		return func(_ *State, item T) []string {
			if value, ok := k.tags(item)[key]; ok {
				return []string{value}
			}
			return nil
		}
	case name == "tag-key" && k.tags != nil:
		return func(_ *State, item T) (keys []string) {
			for key := range k.tags(item) {
				keys = append(keys, key)
			}
			return keys
		}
	}
	return k.filters[name]
}

// wildcards matches any of the patterns, in which * and ? are wildcards and a
// backslash takes that from them.
func wildcards(patterns []string) func(string) bool {
	matchers := each(patterns, func(pattern string) *regexp.Regexp {
		expr, escaped := "", false
		for _, c := range pattern {
			switch {
			case c == '\\' && !escaped:
				escaped = true
				continue
			case c == '*' && !escaped:
				expr += ".*"
			case c == '?' && !escaped:
				expr += "."
			default:
				expr += regexp.QuoteMeta(string(c))
			}
			escaped = false
		}
		return regexp.MustCompile(`(?s)^` + expr + `$`)
	})
	return func(value string) bool {
		return slices.ContainsFunc(matchers, func(m *regexp.Regexp) bool { return m.MatchString(value) })
	}
}

func keep[T any](list []T, wanted func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(item T) bool { return !wanted(item) })
}
