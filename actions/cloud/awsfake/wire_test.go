package awsfake_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardenbot/actions/cloud/awsfake"
)

func TestCredentialsMustBeThere(t *testing.T) {
	_, _, w := newFake(t, awsfake.Options{})
	for name, test := range map[string]struct {
		with             aws.CredentialsProvider
		ec2, query, json string
	}{
		"none": {aws.AnonymousCredentials{}, "MissingAuthenticationToken", "MissingAuthenticationToken", "MissingAuthenticationTokenException"},
		"a role's that nobody gave out": {credentials.NewStaticCredentialsProvider("ASIA0123456789ABCDEF", "secret", "token"),
			"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := w.config.Copy()
			cfg.Credentials = test.with
			_, err := ec2.NewFromConfig(cfg).DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
			w.refused("EC2", err, test.ec2)
			_, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			w.refused("STS", err, test.query)
			_, err = ssm.NewFromConfig(cfg).DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{})
			w.refused("Systems Manager", err, test.json)
		})
	}
}

// signed makes a request with a signature of the form, for a service.
func signed(service, kind, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260301/eu-west-1/"+service+"/aws4_request, SignedHeaders=host;x-amz-date, Signature=00ff")
	r.Header.Set("Content-Type", kind)
	return r
}

const form = "application/x-www-form-urlencoded"

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	fake := awsfake.New(awsfake.Options{})
	other := signed("ssm", "application/x-amz-json-1.1", `{"InstanceInformationFilterList": []}`)
	other.Header.Set("X-Amz-Target", "AmazonSSM.DescribeInstanceInformation")
	get := signed("ec2", form, "")
	get.Method = http.MethodGet
	unsigned := signed("ec2", form, "Action=DescribeInstances&Version=2016-11-15")
	unsigned.Header.Set("Authorization", "Basic dGVzdGluZzo=")
	for name, test := range map[string]struct {
		request *http.Request
		status  int
		says    string
	}{
		"a parameter":          {signed("ec2", form, "Action=DescribeInstances&Version=2016-11-15&Colour=red"), 400, "<Code>UnknownParameter</Code><Message>The parameter Colour is"},
		"a gap in a list":      {signed("ec2", form, "Action=DescribeInstances&Version=2016-11-15&InstanceId.2=i-1"), 400, "The parameter InstanceId.2 is"},
		"an action":            {signed("ec2", form, "Action=RunInstances&Version=2016-11-15"), 400, "<Code>InvalidAction</Code>"},
		"another version":      {signed("ec2", form, "Action=DescribeInstances&Version=2013-01-01"), 400, "<Code>InvalidAction</Code>"},
		"another service":      {signed("s3", form, "Action=DescribeInstances&Version=2016-11-15"), 400, "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>"},
		"no number":            {signed("ec2", form, "Action=DescribeInstances&Version=2016-11-15&MaxResults=many"), 400, "<Code>InvalidParameterValue</Code>"},
		"a parameter in JSON":  {other, 400, `"__type":"SerializationException"`},
		"another method":       {get, 405, "POST"},
		"another signature":    {unsigned, 400, "<Code>IncompleteSignature</Code>"},
		"too large":            {signed("ec2", form, "Action="+strings.Repeat("x", 1<<20)), 413, "1 MiB"},
		"letters that XML has": {signed("ec2", form, "Action=%3Cb%3E%00&Version=2016-11-15"), 400, "The action &lt;b&gt;\uFFFD is"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := httptest.NewRecorder()
			fake.ServeHTTP(answer, test.request)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.says) {
				t.Errorf("got %d %s, want %d and %q", answer.Code, answer.Body, test.status, test.says)
			}
		})
	}
}

// FuzzServe shows that no request is answered with what its protocol cannot
// read, and none with a failure of the fake itself.
func FuzzServe(f *testing.F) {
	f.Add("ec2", "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag:Name&Filter.1.Value.1=w*", "")
	f.Add("ec2", "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-00000000000000005&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=192.0.2.0/24", "")
	f.Add("ec2", "Action=DescribeSecurityGroupRules&Version=2016-11-15&MaxResults=5&NextToken=ZWMyOkRl", "")
	f.Add("elasticloadbalancing", "Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=x&Targets.member.1.Id=i-1", "")
	f.Add("autoscaling", "Action=EnterStandby&Version=2011-01-01&AutoScalingGroupName=pool&InstanceIds.member.1=i-1&ShouldDecrementDesiredCapacity=true", "")
	f.Add("sts", "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::210987654321:role/hardenbot&RoleSessionName=x", "")
	f.Add("ssm", `{"Filters": [{"Key": "InstanceIds", "Values": ["i-1"]}]}`, "AmazonSSM.DescribeInstanceInformation")
	f.Fuzz(func(t *testing.T, service, body, target string) {
		fake := awsfake.New(awsfake.Options{})
		fill(fake.Place("", region))
		r := signed(service, form, body)
		if target != "" {
			r.Header.Set("X-Amz-Target", target)
		}
		answer := httptest.NewRecorder()
		fake.ServeHTTP(answer, r)
		if answer.Code >= 500 {
			t.Fatalf("status %d: %s", answer.Code, answer.Body)
		}
		if kind := answer.Header().Get("Content-Type"); strings.Contains(kind, "json") {
			if !json.Valid(answer.Body.Bytes()) {
				t.Fatalf("no JSON: %s", answer.Body)
			}
		} else if strings.Contains(kind, "xml") {
			for d := xml.NewDecoder(answer.Body); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("no XML: %v", err)
				}
			}
		}
	})
}
