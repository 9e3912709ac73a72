package awsfake_test

// deviation is where moto does something else than AWS, and the fake does as
// AWS does.
type deviation struct {
	moto string // what it does; what AWS does stands in the scenario
	why  string // the scenario is right: AWS's documentation, or how moto falls short
}

// The words that several rows share.
const (
	noTime     = "moto knows no time: whatever AWS takes a while for is done at once"
	unchecked  = "moto does not check it; AWS's API reference gives the bounds or the error"
	noAction   = "moto does not have the action, and fails"
	crash      = "moto fails where AWS refuses"
	onePage    = "moto ignores the page size here"
	inOrOut    = "moto moves instances without regard for their state, and never tells their target groups"
	wrongCode  = "moto has one code for all; EC2's table of error codes has this one"
	wholeOrNot = "moto carries a call out up to what it refuses; AWS's API reference: no rules are revoked"
)

// deviations is every check on which moto and AWS differ, by the check's name.
// Each is compared with what moto does, so that a row is out when moto is mended.
var deviations = map[string]deviation{
	"a role that is not there":        {"accepted", "moto assumes any role"},
	"an id that is none":              {"error InvalidInstanceID.NotFound", wrongCode},
	"a filter that is none":           {"error 500", crash},
	"too small a page":                {"web-1, web-2, web-3, web-4", unchecked},
	"a token that is none":            {"error 500", crash},
	"a load balancer's own":           {"0", "moto gives load balancers no network interfaces"},
	"network ACLs":                    {"false [100 allow -1 0.0.0.0/0 0-0 90 deny 6 198.51.100.0/24 22-23], true [100 allow -1 0.0.0.0/0 0-0 32767 deny -1 0.0.0.0/0 0-0]", "moto leaves out the last entry, which AWS gives to every network ACL"},
	"a prefix list that is not there": {"accepted", unchecked},
	"serial console":                  {"error 500", noAction},

	"authorize: twice in one call":                       {"error InvalidPermission.Duplicate", "AWS says that the same permission must not appear multiple times, as a bad value"},
	"authorize: no port":                                 {"error 500", crash},
	"authorize: ports backwards":                         {"accepted", unchecked},
	"authorize: no such list":                            {"accepted", unchecked},
	"authorize: no such protocol":                        {"accepted", unchecked},
	"authorize: a letter that descriptions may not have": {"accepted", unchecked},
	"authorize: nothing has changed":                     {"5", "five calls above were accepted, or refused with half of them done"},

	"revoke: the answer names the rule": {"", "moto leaves the list out"},
	"revoke: no such rule":              {"error InvalidPermission.NotFound", wrongCode},
	"revoke: another group's rule":      {"error InvalidPermission.NotFound", wrongCode},
	"revoke: nothing":                   {"accepted", unchecked},
	"revoke: all or none":               {"tcp 22-22 ::/0, tcp 443-443 list", wholeOrNot},

	"metadata: the other options stay": {`["",2,"","applied"]`, "moto forgets the options that a call does not name; AWS's API reference: they stay"},
	"metadata: no such value":          {"accepted", unchecked},
	"tags: no such rule":               {"accepted", unchecked},
	"tags: a key of AWS's own":         {"accepted", unchecked},

	"too large a page":       {"accepted", unchecked},
	"pages of target groups": {"1", onePage},

	"health: at once after it is deregistered": {"web-1 8080 unused Target.NotRegistered", noTime},
	"health: at the end of the delay":          {"web-2 8080 healthy", noTime},
	"health: at once after it is registered":   {"web-1 8080 healthy", noTime},
	"health: of one that never was registered": {"web-3 80 unused Target.NotRegistered", "moto takes port 80 for the group's own"},
	"health: deregistered at another port":     {"web-2 8080 unused Target.NotRegistered", "moto knows targets by id alone; AWS's API reference: by id and port"},
	"register: no such instance":               {"accepted", unchecked},
	"deregister: what is not there":            {"error InvalidTarget", "AWS's API reference: the action returns successfully"},
	"targets: nothing has changed":             {"i-0123456789abcdef0 8080 healthy, web-1 8080 healthy, web-2 8080 healthy", "a call above was accepted"},

	"scaling: too large a page":        {"accepted", unchecked},
	"scaling: pages":                   {"1", onePage},
	"standby: entering":                {"web-4 pool Standby", noTime},
	"standby: its target drains":       {"web-4 8081 healthy", inOrOut},
	"standby: its target is gone":      {"web-4 8081 healthy, web-5 8081 healthy", inOrOut},
	"standby: leaving":                 {"web-4 pool InService", noTime},
	"standby: its target is back":      {"web-4 8081 healthy", noTime},
	"standby: no such group":           {"error 500", crash},
	"standby: not a member":            {"accepted", unchecked},
	"standby: leaving where it is not": {"accepted", inOrOut},
	"standby: entering twice":          {"accepted", inOrOut},
	"standby: fewer than the least":    {"accepted", unchecked},

	"agents: all":              {"error 500", noAction},
	"agents: by instance":      {"error 500", noAction},
	"agents: too large a page": {"error 500", noAction},
}
