package cloud

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"

	"hardenbot/actions"
)

// attempts watches the SDK's attempts at one call. Where one of them ended
// without an answer that says no, the call may have been carried out, whatever
// a later attempt was told.
type attempts struct {
	aws.Retryer
	unclear bool
}

func (a *attempts) watch(o *ec2.Options) { a.Retryer, o.Retryer = o.Retryer, a }

// IsErrorRetryable is asked after each attempt that failed.
func (a *attempts) IsErrorRetryable(err error) bool {
	a.unclear = a.unclear || !rejected(err) && !throttled(err)
	return a.Retryer.IsErrorRetryable(err)
}

// rejected reports whether AWS answered with an error of the caller's.
func rejected(err error) bool {
	var answer *awshttp.ResponseError
	status := 0
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	return code(err) != "" && code(err) != "UnknownError" && status >= 400 && status < 500
}

func throttled(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}

// code is AWS's error code, empty if there was no answer.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// outcome is what came of a call that was not made. Where AWS did not refuse it
// is an error: the same call may have been made before.
func outcome(call actions.Call, at *place, err error) (actions.Made, error) {
	switch {
	case errors.Is(err, errCall):
		return refusal("Nothing was changed: " + err.Error()), nil
	case rejected(err):
		return refusal(at.refused(err)), nil
	}
	return actions.Made{}, unknown(call, at, err)
}

// undone is what came of a call that was made and not carried out.
func undone(call actions.Call, at *place, err error) (actions.Made, error) {
	if throttled(err) {
		return refusal("Nothing was changed, AWS was too busy to take the call. Try again later. " + at.fail(err).Error()), nil
	}
	return outcome(call, at, err)
}

func refusal(sentence string) actions.Made {
	return actions.Made{Output: actions.Output{Exit: 1, Stderr: strings.TrimSuffix(sentence, ".") + ".\n"}}
}

func unknown(call actions.Call, at *place, err error) error {
	return fmt.Errorf("it is unknown whether %s had its effect: %w", call.Action, at.fail(err))
}

// unpermitted finds the IAM action in AWS's words. It is not always the call's
// own: a rule that is authorized with tags needs ec2:CreateTags too.
var unpermitted = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]{1,40}:[A-Za-z0-9]{1,80})`)

// refused words why AWS refused.
func (p *place) refused(err error) string {
	failed := new(Error)
	_ = errors.As(p.fail(err), &failed)
	switch failed.Code {
	case "UnauthorizedOperation", "AccessDenied", "AccessDeniedException":
		action := failed.Action
		if m := unpermitted.FindStringSubmatch(err.Error()); m != nil {
			action = m[1]
		}
		advice := "Add it to the bot's IAM policy."
		if strings.Contains(err.Error(), "explicit deny") {
			advice = "A policy denies it explicitly: who owns that policy has to change it."
		}
		return fmt.Sprintf("Nothing was changed: AWS, %s in %s, does not permit %s. %s", p.account, p.region, action, advice)
	case "RulesPerSecurityGroupLimitExceeded":
		return fmt.Sprintf("Nothing was changed: the security group is full (AWS, %s in %s). Remove rules that nobody needs, or have AWS raise the quota for rules per security group.", p.account, p.region)
	}
	return "Nothing was changed: " + failed.Error()
}
