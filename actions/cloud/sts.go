package cloud

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// stsBackoff bounds the time between two attempts at STS, so that a pause of
// our own is not taken for its silence.
const stsBackoff = 5 * time.Second

// newSTS is for a place in cfg's region.
func newSTS(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) { o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, stsBackoff) })
}

// assumed is the role's credentials. Every other call of the account waits for
// them.
func assumed(cfg aws.Config, a Account, patience time.Duration) aws.CredentialsProvider {
	role := stscreds.NewAssumeRoleProvider(newSTS(cfg), a.Role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "hardenbot"
		if a.ExternalID != "" {
			o.ExternalID = &a.ExternalID
		}
	})
	return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		return heard(ctx, "sts:AssumeRole", patience, role.Retrieve)
	}))
}

// silence is why a call was given up.
type silence struct {
	action string
	within time.Duration
}

func (s *silence) Error() string { return fmt.Sprintf("it did not answer within %s", s.within) }

// heard asks, and gives up once nothing at all was heard for that long. Each
// answer, if only to throttle, begins the time anew.
func heard[T any](ctx context.Context, action string, patience time.Duration, ask func(context.Context) (T, error)) (T, error) {
	silent := &silence{action, patience}
	told, _ := ctx.Value(onAnswer{}).(func()) // who waits for this call waits for no other
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	giveUp := time.AfterFunc(patience, func() { cancel(silent) })
	defer giveUp.Stop()
	answer, err := ask(context.WithValue(ctx, onAnswer{}, func() {
		giveUp.Reset(patience)
		if told != nil {
			told()
		}
	}))
	if err != nil && context.Cause(ctx) == silent {
		err = silent
	}
	return answer, err
}
