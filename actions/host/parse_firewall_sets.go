package host

import (
	"slices"
	"strconv"
	"strings"
)

// nftSets are the named sets and maps, by family, table and name. Those that
// change by themselves or by packets are not among them.
func nftSets(all []nftObject, terse bool) map[[3]string][]any {
	sets := map[[3]string][]any{}
	for _, o := range all {
		for _, set := range []*nftSet{o.Set, o.Map} {
			if set != nil && !terse && !changes(set.Flags) {
				sets[[3]string{set.Family, set.Table, set.Name}] = set.Elem
			}
		}
	}
	for _, o := range all {
		if o.Rule == nil {
			continue
		}
		for _, e := range o.Rule.Expr {
			for _, statement := range []string{"set", "map"} {
				update, _ := e[statement].(map[string]any)
				name, _ := update[statement].(string)
				delete(sets, [3]string{o.Rule.Family, o.Rule.Table, strings.TrimPrefix(name, "@")})
			}
		}
	}
	return sets
}

func changes(flags any) bool {
	list, _ := flags.([]any)
	return slices.Contains(append(list, flags), any("timeout")) || slices.Contains(append(list, flags), any("dynamic"))
}

// setValues is what is in a named set, if it is understood.
type setValues struct {
	values     []string
	understood bool
}

// elements returns what is in {"set": […]}, or in a named set or map.
func (n nftRule) elements(value any) ([]any, bool) {
	switch v := value.(type) {
	case string:
		name, _ := strings.CutPrefix(v, "@")
		set, known := n.sets[[3]string{n.family, n.table, name}]
		return set, known
	case map[string]any:
		set, known := v["set"].([]any)
		return set, known
	}
	return nil, false
}

// values reads the right side of a match as FirewallRule has it.
func (n nftRule) values(right any) ([]string, bool) {
	switch v := right.(type) {
	case string:
		if !strings.HasPrefix(v, "@") {
			return []string{clean(v, 64)}, true
		}
		return n.named(v)
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}, true
	case []any:
		return n.each(v)
	case map[string]any:
		return n.object(v)
	}
	return nil, false
}

// named reads a named set.
func (n nftRule) named(reference string) ([]string, bool) {
	key := [3]string{n.family, n.table, strings.TrimPrefix(reference, "@")}
	if set, known := n.done[key]; known {
		return set.values, set.understood
	}
	list, known := n.elements(reference)
	if !known {
		return nil, false
	}
	values, understood := n.each(list)
	n.done[key] = setValues{values, understood}
	return values, understood
}

func (n nftRule) each(list []any) ([]string, bool) {
	all := make([]string, 0, len(list))
	for _, one := range list {
		if name, ok := one.(string); ok && strings.HasPrefix(name, "@") {
			return nil, false
		}
		values, ok := n.values(one)
		if !ok {
			return nil, false
		}
		all = append(all, values...)
	}
	return all, true
}

// object reads {"set": […]}, {"range": [A, B]}, {"prefix": …}, and an element
// with a comment, a counter or the like.
func (n nftRule) object(v map[string]any) ([]string, bool) {
	if len(v) != 1 {
		return nil, false
	}
	if set, ok := v["set"].([]any); ok {
		return n.each(set)
	}
	if ends, ok := v["range"].([]any); ok && len(ends) == 2 {
		both, ok := n.each(ends)
		return []string{strings.Join(both, "-")}, ok && len(both) == 2
	}
	if prefix, ok := v["prefix"].(map[string]any); ok {
		address, ok := prefix["addr"].(string)
		bits, numeric := prefix["len"].(float64)
		return []string{clean(address, 64) + "/" + strconv.Itoa(int(bits))}, ok && numeric
	}
	if element, ok := v["elem"].(map[string]any); ok {
		return n.values(element["val"])
	}
	return nil, false
}
