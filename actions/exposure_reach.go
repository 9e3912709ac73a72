package actions

import (
	"cmp"
	"slices"
)

// reach judges who gets here, by the widest, and returns the rules that cause
// it, widest first.
func (j *join) reach() (Reach, []admission) {
	var all ranges
	for _, a := range j.admitted {
		all = all.union(a.public)
	}
	everybody := all.moreThanHalf(publicIPv4) || all.moreThanHalf(publicIPv6)
	undeclared := func(a admission) bool { return a.doubt != "" || len(a.public.minus(j.declared)) > 0 }
	for _, level := range []struct {
		reach  Reach
		holds  bool
		causes func(admission) bool
	}{
		{ReachInternet, everybody, undeclared},
		{ReachWide, true, undeclared},
		{ReachLB, true, func(a admission) bool { return a.lb }},
		{ReachInternal, true, func(a admission) bool { return a.members || len(a.public)+len(a.private) > 0 }},
	} {
		if causes := j.thatDo(level.causes); level.holds && len(causes) > 0 {
			return level.reach, causes
		}
	}
	if len(j.stray) > 0 {
		return ReachInternal, nil
	}
	return ReachHost, nil
}

// thatDo returns the admissions of that kind, those of most public addresses first.
func (j *join) thatDo(want func(admission) bool) []admission {
	all := slices.DeleteFunc(slices.Clone(j.admitted), func(a admission) bool { return !want(a) })
	slices.SortStableFunc(all, func(a, b admission) int { return cmp.Compare(b.public.share(), a.public.share()) })
	return all
}
