package cloud

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardenbot/actions"
)

// errCall is a call that cannot be made at all. Nothing was asked of AWS.
var errCall = errors.New("the call cannot be made")

// task makes a task of the call. The place is nil where there is none for it.
func (p *Provider) task(ctx context.Context, call actions.Call) (task, *place, error) {
	if err := check(call); err != nil {
		return nil, nil, err
	}
	at, err := p.Client.at(ctx, call.Account, call.Region)
	if err != nil {
		return nil, at, err
	}
	switch call.Action {
	case actions.AuthorizeIngress:
		return &authorize{place: at, rule: *call.Rule}, at, nil
	case actions.RevokeIngress:
		return &revoke{place: at, rule: *call.Rule}, at, nil
	default:
		return &metadata{place: at, instance: call.Instance, tokens: call.Tokens}, at, nil
	}
}

// check finds what is wrong with the call itself.
func check(call actions.Call) error {
	switch call.Action {
	case actions.AuthorizeIngress, actions.RevokeIngress:
		return checkRule(call.Rule)
	case actions.ModifyMetadata:
		if call.Instance == "" || call.Tokens != "required" && call.Tokens != "optional" {
			return fmt.Errorf(`%w: %s needs an instance, and "required" or "optional" for its tokens`, errCall, call.Action)
		}
		return nil
	}
	return fmt.Errorf("%w: %.60q is not among the actions that change something", errCall, call.Action)
}

// at returns the account's place in the region. Which account the default
// credentials belong to, STS is asked: what Describe saw would do as well, but
// after a restart a change may have to be put back before any host is seen.
func (c *Client) at(ctx context.Context, account, region string) (*place, error) {
	for _, p := range c.places {
		if p.number == account && p.region == region {
			return p, nil
		}
	}
	for _, p := range c.places {
		if p.number != "" || p.region != region {
			continue
		}
		home, err := p.caller(ctx)
		if err != nil {
			return p, err
		}
		if home == account {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: account %.40q in region %.40q is not configured", errCall, account, region)
}

// caller is the account of the place's credentials. Its answer never changes
// and is kept.
func (p *place) caller(ctx context.Context) (string, error) {
	p.mu.Lock()
	home := p.home
	p.mu.Unlock()
	if home != "" {
		return home, nil
	}
	out, err := heard(ctx, "sts:GetCallerIdentity", p.stsPatience, func(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
		return p.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	})
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.home = aws.ToString(out.Account)
	return p.home, nil
}
