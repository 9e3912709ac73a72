package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"time"
)

// Config says where to look.
type Config struct {
	Accounts []Account
	Naming   Naming
	Endpoint string // base URL instead of AWS's own; empty for AWS

	Attempts   int           // for each call, throttled ones included; 8 if zero
	MaxBackoff time.Duration // between attempts; 20 s if zero
	Timeout    time.Duration // of each attempt; 30 s if zero
	Silence    time.Duration // after which an account that says nothing at all is given up; 20 s if zero
	STSSilence time.Duration // after which STS, which others wait for, is given up; 15 s if zero
	PageSize   int32         // 5 to 400; the API's largest if zero
	Resolver   Resolver      // net.DefaultResolver if nil
	Now        func() time.Time
}

// Account is an AWS account and the regions to look at.
type Account struct {
	Role       string // ARN of the role to assume; empty for the default credentials' own account
	ExternalID string // that the role asks for; optional
	Regions    []string
}

// Resolver finds the addresses of host names.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var (
	roleARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):role/\S+$`)
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+$`)
)

func (c Config) withDefaults() Config {
	if c.Attempts == 0 {
		c.Attempts = 8
	}
	if c.MaxBackoff == 0 {
		c.MaxBackoff = 20 * time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Silence == 0 {
		c.Silence = 20 * time.Second
	}
	if c.STSSilence == 0 {
		c.STSSilence = 15 * time.Second
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func (c Config) check() error {
	if len(c.Accounts) == 0 {
		return errors.New("no AWS account is configured: name at least one, with its regions")
	}
	if c.PageSize != 0 && (c.PageSize < 5 || c.PageSize > 400) {
		return fmt.Errorf("the page size %d cannot be used: it goes from 5 to 400", c.PageSize)
	}
	if c.Attempts < 1 || c.Attempts > 20 {
		return fmt.Errorf("%d attempts cannot be made: they go from 1 to 20", c.Attempts)
	}
	seen := map[string]bool{}
	for _, a := range c.Accounts {
		if err := a.check(); err != nil {
			return err
		}
		if seen[a.Role] {
			return fmt.Errorf("%s is configured twice: put its regions together", a)
		}
		seen[a.Role] = true
	}
	return c.Naming.check()
}

func (a Account) check() error {
	if a.Role != "" && !roleARN.MatchString(a.Role) {
		return fmt.Errorf("%.100q is no role: write it as arn:aws:iam::123456789012:role/NAME", a.Role)
	}
	if len(a.Regions) == 0 {
		return fmt.Errorf("%s has no regions: name at least one, such as eu-west-1", a)
	}
	seen := map[string]bool{}
	for _, r := range a.Regions {
		if !regionName.MatchString(r) || seen[r] {
			return fmt.Errorf("%.40q in the regions of %s is no region, or is there twice", r, a)
		}
		seen[r] = true
	}
	return nil
}

// number is the role's account, twelve digits; empty without a role.
func (a Account) number() string {
	if m := roleARN.FindStringSubmatch(a.Role); m != nil {
		return m[1]
	}
	return ""
}

// String names the account for people.
func (a Account) String() string {
	if number := a.number(); number != "" {
		return "account " + number
	}
	return "the default account"
}
