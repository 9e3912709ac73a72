package awsfake

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// session is what AssumeRole gave out.
type session struct {
	caller caller
	token  string
}

// Temporary credentials have access keys with this prefix.
const temporary = "ASIA"

// callerOf tells whose an access key is. Any that is not temporary is the
// default account's; an empty caller is nobody.
func (f *Fake) callerOf(key, token string) caller {
	if !strings.HasPrefix(key, temporary) {
		account := f.options.Account
		return caller{account, fmt.Sprintf("arn:aws:iam::%s:user/hardenbot", account), "AIDAHARDENBOT"}
	}
	s, ok := f.sessions[key]
	if !ok || subtle.ConstantTimeCompare([]byte(s.token), []byte(token)) == 0 {
		return caller{}
	}
	return s.caller
}

var (
	roleARN     = regexp.MustCompile(`^arn:aws:iam::(\d{12}):role/(?:.*/)?([\w+=,.@-]+)$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// assumeRole gives out credentials for a role that AddRole made.
func assumeRole(r *request) (any, error) {
	arn, name, external := r.text("RoleArn"), r.text("RoleSessionName"), r.text("ExternalId")
	duration := orElse(r.number("DurationSeconds"), 3600)
	role := roleARN.FindStringSubmatch(arn)
	wanted, known := r.fake.roles[arn]
	switch {
	case role == nil:
		return nil, validation("%s is invalid", arn)
	case !sessionName.MatchString(name):
		return nil, validation("1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", name)
	case duration < 900 || duration > 43200:
		return nil, validation("1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must be between 900 and 43200", duration)
	case !known || wanted != "" && wanted != external:
		return nil, fault(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", r.caller.arn, arn)
	}
	number := strings.ToUpper(r.fake.number())
	as := caller{role[1], fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", role[1], role[2], name), "AROA" + number + ":" + name}
	key, token := temporary+number, "token-"+number
	r.fake.sessions[key] = session{as, token}
	expiry := r.now.Add(time.Duration(duration) * time.Second)
	return fields{
		{"Credentials", fields{{"AccessKeyId", key}, {"SecretAccessKey", "secret-" + number}, {"SessionToken", token}, {"Expiration", stamp(expiry)}}},
		{"AssumedRoleUser", fields{{"AssumedRoleId", as.id}, {"Arn", as.arn}}},
	}, nil
}

func callerIdentity(r *request) (any, error) {
	return fields{{"Arn", r.caller.arn}, {"UserId", r.caller.id}, {"Account", r.caller.account}}, nil
}
