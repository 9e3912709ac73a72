package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// place is one account in one region.
type place struct {
	account     string // as Account.String
	number      string // as Account.number
	region      string
	pageSize    int32         // 0 for the API's largest
	patience    time.Duration // until AWS says anything
	stsPatience time.Duration // until STS says anything
	ec2         *ec2.Client
	elb         *elb.Client
	ssm         *ssm.Client
	asg         *autoscaling.Client
	sts         *sts.Client

	mu   sync.Mutex
	home string // the account's number as STS tells it, once it was asked
}

// Error is a call that AWS refused or did not answer. Its text can be shown:
// it holds no credentials and is one bounded line.
type Error struct {
	Account string // "account 123456789012" or "the default account"
	Region  string
	Action  string // "ec2:DescribeInstances"; empty if it did not come to a call
	Code    string // AWS's error code; empty if there was no answer
	Err     error
}

// Unwrap returns the SDK's error, which is for the log.
func (e *Error) Unwrap() error { return e.Err }

// Error names account, region, action and AWS's own words.
func (e *Error) Error() string {
	if credentialsMissing(e.Err) {
		return "no AWS credentials were found for " + e.Account + ": set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the machine a role"
	}
	at := fmt.Sprintf("AWS, %s in %s", e.Account, e.Region)
	if e.Action != "" {
		at += ": " + e.Action
	}
	var api smithy.APIError
	if errors.As(e.Err, &api) {
		return fmt.Sprintf("%s failed with %s: %s", at, e.Code, short(api.ErrorMessage()))
	}
	return at + ": " + short(e.Err.Error())
}

// metadataService is what the SDK calls the machine's metadata, of which it asks
// for credentials last.
const metadataService = "ec2imds"

// credentialsMissing reports whether the last place to look for credentials had
// none: the machine's own metadata.
func credentialsMissing(err error) bool {
	var op *smithy.OperationError
	for errors.As(err, &op) {
		if op.ServiceID == metadataService {
			return true
		}
		err = op.Err
	}
	return false
}

// short makes one line of at most 300 bytes. What AWS encodes for
// `sts decode-authorization-message` is left out.
func short(message string) string {
	message, _, _ = strings.Cut(message, " Encoded authorization failure message")
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > 300 {
		message = strings.ToValidUTF8(message[:300], "") + "…"
	}
	return message
}

// iamPrefix names services as IAM does, by the SDK's names.
var iamPrefix = map[string]string{
	ec2.ServiceID: "ec2", elb.ServiceID: "elasticloadbalancing", ssm.ServiceID: "ssm", autoscaling.ServiceID: "autoscaling", sts.ServiceID: "sts",
}

func (p *place) fail(err error) error {
	e := &Error{Account: p.account, Region: p.region, Err: err}
	var op *smithy.OperationError
	if errors.As(err, &op) && !credentialsMissing(err) {
		e.Action = iamPrefix[op.ServiceID] + ":" + op.OperationName
		var inner *smithy.OperationError
		if errors.As(op.Err, &inner) { // assuming the role failed, not the call itself
			e.Action = iamPrefix[inner.ServiceID] + ":" + inner.OperationName
		}
	}
	var silent *silence
	if errors.As(err, &silent) {
		e.Action, e.Err = silent.action, silent
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code = api.ErrorCode()
	}
	return e
}

// limit is the page size for a call whose largest is most.
func (p *place) limit(most int32) *int32 {
	if p.pageSize == 0 || p.pageSize > most {
		return aws.Int32(most)
	}
	return aws.Int32(p.pageSize)
}

// pager is what the SDK's paginators have in common.
type pager[O, F any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*F)) (*O, error)
}

// all reads every page. It returns no part of a list that broke off.
func all[O, F, T any](ctx context.Context, p pager[O, F], items func(*O) []T) ([]T, error) {
	var every []T
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		every = append(every, items(page)...)
	}
	return every, nil
}

// maxFilter is how many values EC2 takes in one filter.
const maxFilter = 200

// batched asks for values, as many at once as a filter takes, each once.
func batched[T any](values []string, ask func([]types.Filter) ([]T, error), filter string) ([]T, error) {
	slices.Sort(values)
	var every []T
	for chunk := range slices.Chunk(slices.Compact(values), maxFilter) {
		some, err := ask([]types.Filter{{Name: &filter, Values: chunk}})
		if err != nil {
			return nil, err
		}
		every = append(every, some...)
	}
	return every, nil
}

// firstly asks for what is needed before all else. It gives up on a place that
// says nothing at all: one that answers, if only to throttle, has all the
// attempts that are configured.
func firstly[T any](ctx context.Context, p *place, ask func(context.Context) (T, error)) (T, error) {
	silence := fmt.Errorf("it did not answer within %s", p.patience)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	giveUp := time.AfterFunc(p.patience, func() { cancel(silence) })
	defer giveUp.Stop()
	answer, err := ask(context.WithValue(ctx, onAnswer{}, func() { giveUp.Stop() }))
	if err != nil && context.Cause(ctx) == silence {
		err = silence
	}
	return answer, err
}
