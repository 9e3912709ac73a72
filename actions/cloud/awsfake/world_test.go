package awsfake_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/cloud/cloudtest"
)

const (
	region  = "eu-west-1"
	account = "123456789012"
	role    = "arn:aws:iam::210987654321:role/hardenbot"
)

// world is an AWS with something in it, and the stock clients.
type world struct {
	*testing.T
	moto bool
	met  map[string]bool // deviations
	wait func(time.Duration)
	ids  layout

	ec2     *ec2.Client
	elb     *elb.Client
	scaling *autoscaling.Client
	ssm     *ssm.Client
	sts     *sts.Client
	config  aws.Config
}

// layout is what both AWSs are filled with:
//
//	VPC 10.7.0.0/16 ─ subnet open 10.7.1.0/24 (internet gateway, own network ACL)
//	               └─ subnet shut 10.7.2.0/24
//	web-1 … web-7 at 10.7.1.11 … 17, group web; db-1 at 10.7.2.11, group db
//	load balancer front: 443 and 80 → target group web (web-1, web-2)
//	Auto Scaling group pool (web-4, web-5; 1 to 3) → target group pool
type layout struct {
	vpc, open, shut      string
	web, db              string // groups
	list, image          string
	servers              []string // web-1 … web-7
	balancer, tg, poolTG string   // ARNs
}

// begin is where the fake's clock stands at first.
var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newFake returns an empty fake, its clock and the stock clients for it.
func newFake(t *testing.T, o awsfake.Options) (*awsfake.Fake, *awsfake.Clock, *world) {
	t.Helper()
	cloudtest.Credentials(t)
	clock := awsfake.NewClock(begin)
	o.Now = clock.Now
	fake := awsfake.New(o)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	w := connect(t, server.URL)
	w.wait = clock.Advance
	return fake, clock, w
}

func connect(t *testing.T, url string) *world {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(region), config.WithBaseEndpoint(url),
		config.WithHTTPClient(awshttp.NewBuildableClient()), config.WithRetryMaxAttempts(1))
	if err != nil {
		t.Fatal(err)
	}
	cfg.HTTPClient = cloud.HTTPClient{Next: cfg.HTTPClient}
	return &world{
		T: t, config: cfg, met: map[string]bool{},
		ec2: ec2.NewFromConfig(cfg), elb: elb.NewFromConfig(cfg), scaling: autoscaling.NewFromConfig(cfg),
		ssm: ssm.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg),
	}
}

func (w *world) ctx() context.Context { return w.Context() }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// same compares what was found with what AWS does, or where moto is known to
// do something else with that. An error is compared by its code.
func (w *world) same(check string, got, want any) {
	w.Helper()
	found, aws := w.text(got), w.text(want)
	if d, known := deviations[check]; w.moto && known {
		w.met[check] = true
		if found != d.moto || found == aws {
			w.Errorf("%s: moto does %q, AWS %q, and the table of deviations says %q", check, found, aws, d.moto)
		}
		return
	}
	if found != aws {
		w.Errorf("%s: got %q, want %q", check, found, aws)
	}
}

// refused is same for an error code.
func (w *world) refused(check string, err error, code string) {
	w.Helper()
	w.same(check, either("accepted", err), "error "+code)
}

// either is the error if there is one.
func either(v any, err error) any {
	if err != nil {
		return err
	}
	return v
}

// text writes a value so that it can be compared: with the layout's names
// instead of ids, lists of strings in order, errors as their codes.
func (w *world) text(v any) string {
	switch v := v.(type) {
	case error:
		return "error " + code(v)
	case string:
		return w.ids.named(v)
	case []string:
		named := every(v, w.ids.named)
		return strings.Join(named, ", ")
	}
	raw, err := json.Marshal(v)
	w.must(err)
	return w.ids.named(string(raw))
}

// code is AWS's code of an error, or else the status of an answer without one.
func code(err error) string {
	var api smithy.APIError
	var status interface{ HTTPStatusCode() int }
	switch {
	case errors.As(err, &api):
		return api.ErrorCode()
	case errors.As(err, &status):
		return strconv.Itoa(status.HTTPStatusCode())
	}
	return err.Error()
}

// named replaces the layout's ids with its names.
func (l layout) named(s string) string {
	names := map[string]string{
		l.vpc: "vpc", l.open: "open", l.shut: "shut", l.web: "group web", l.db: "group db", l.list: "list", l.image: "image",
		l.balancer: "front", l.tg: "targets web", l.poolTG: "targets pool",
	}
	for i, id := range l.servers {
		names[id] = fmt.Sprintf("web-%d", i+1)
	}
	delete(names, "") // a world without a layout
	for id, name := range names {
		s = strings.ReplaceAll(s, id, name)
	}
	return s
}

// every maps items to what is to be compared, sorted.
func every[T any](list []T, f func(T) string) []string {
	out := make([]string, 0, len(list))
	for _, item := range list {
		out = append(out, f(item))
	}
	slices.Sort(out)
	return out
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

func name(tags []types.Tag) string {
	for _, t := range tags {
		if *t.Key == "Name" {
			return *t.Value
		}
	}
	return ""
}
