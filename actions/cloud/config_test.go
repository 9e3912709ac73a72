package cloud_test

import (
	"fmt"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

func TestNewRefuses(t *testing.T) {
	cloudtest.Credentials(t)
	home := cloud.Account{Regions: []string{"eu-west-1"}}
	for want, c := range map[string]cloud.Config{
		"no AWS account is configured":                {},
		"the default account has no regions":          {Accounts: []cloud.Account{{}}},
		`"Frankfurt" in the regions of`:               {Accounts: []cloud.Account{{Regions: []string{"Frankfurt"}}}},
		"or is there twice":                           {Accounts: []cloud.Account{{Regions: []string{"eu-west-1", "eu-west-1"}}}},
		`"hardenbot" is no role: write it as`:         {Accounts: []cloud.Account{{Role: "hardenbot", Regions: []string{"eu-west-1"}}}},
		"the default account is configured twice":     {Accounts: []cloud.Account{home, home}},
		"the page size 1 cannot be used":              {Accounts: []cloud.Account{home}, PageSize: 1},
		"-1 attempts cannot be made":                  {Accounts: []cloud.Account{home}, Attempts: -1},
		`the address "dns" cannot be used`:            {Accounts: []cloud.Account{home}, Naming: cloud.Naming{Address: "dns"}},
		`the image pattern "[" is malformed`:          {Accounts: []cloud.Account{home}, Naming: cloud.Naming{Images: []cloud.ImageUser{{Pattern: "[", User: "admin"}}}},
		`for the image pattern "*": "-x" is no login`: {Accounts: []cloud.Account{home}, Naming: cloud.Naming{Images: []cloud.ImageUser{{Pattern: "*", User: "-x"}}}},
	} {
		if _, err := cloud.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestHostOfInstance(t *testing.T) {
	tagged := func(tags ...string) cloud.Instance {
		i := cloud.Instance{ID: "i-1", Region: "eu-west-1", Private: "10.0.0.1", Tags: map[string]string{}}
		for n := 0; n < len(tags); n += 2 {
			i.Tags[tags[n]] = tags[n+1]
		}
		return i
	}
	public := tagged("Name", "web-1")
	public.Public = "203.0.113.1"
	six := tagged("Name", "web-1")
	six.IPv6 = "2600::1"
	for _, test := range []struct {
		name string
		n    cloud.Naming
		i    cloud.Instance
		want string // address, user, groups and public, or the error
	}{
		{"by the name tag", cloud.Naming{User: "admin"}, tagged("Name", "web-1"), "web-1 10.0.0.1 admin [] false"},
		{"by another tag", cloud.Naming{User: "admin", NameTag: "Host"}, tagged("Name", "x", "Host", "web-2"), "web-2 10.0.0.1 admin [] false"},
		{"the public address", cloud.Naming{User: "admin", Address: "public"}, public, "web-1 203.0.113.1 admin [] true"},
		{"public by IPv6", cloud.Naming{User: "admin"}, six, "web-1 10.0.0.1 admin [] true"},
		{"groups", cloud.Naming{User: "admin", GroupTags: []string{"Role", "Stage", "None", "Role"}}, tagged("Name", "web-1", "Role", "web", "Stage", "prod"), "web-1 10.0.0.1 admin [web prod] false"},
		{"no name", cloud.Naming{User: "admin"}, tagged(), "i-1 in eu-west-1 cannot be a host: it has no tag Name"},
		{"a name that is an option", cloud.Naming{User: "admin"}, tagged("Name", "-oProxyCommand=x"), `the name "-oProxyCommand=x" cannot be used`},
		{"a group that is a pattern", cloud.Naming{User: "admin", GroupTags: []string{"Role"}}, tagged("Name", "web-1", "Role", "*"), `the name "*" cannot be used`},
		{"no public address", cloud.Naming{User: "admin", Address: "public"}, tagged("Name", "web-1"), "it has no public address"},
		{"nobody to log in as", cloud.Naming{}, tagged("Name", "web-1"), `"" is no login name`},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := test.n.Host(test.i)
			if got := short(h, err); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func short(h actions.Host, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(h.Name, " ", h.Address, " ", h.User, " ", h.Groups, " ", h.Public)
}
