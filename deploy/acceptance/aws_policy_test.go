package acceptance

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// enforce has moto refuse whatever the shipped IAM policy does not allow to the
// bot. What moto cannot judge is taken out of the policy: to which resources a
// statement applies, and under which conditions.
func (a *account) enforce() {
	a.Helper()
	raw, err := os.ReadFile("../iam-policy.json")
	a.must(err)
	var policy struct {
		Version   string
		Statement []map[string]any
	}
	a.must(json.Unmarshal(raw, &policy))
	for _, s := range policy.Statement {
		delete(s, "Condition")
		s["Resource"] = "*"
	}
	allowed, err := json.Marshal(policy)
	a.must(err)
	id, secret := a.user("hardenbot", string(allowed))
	admin, adminSecret := a.user("admin", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	a.key = []string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret}
	own := credentials.NewStaticCredentialsProvider(admin, adminSecret, "")
	a.ec2 = ec2.New(a.ec2.Options(), func(o *ec2.Options) { o.Credentials = own })
	a.elb = elb.New(a.elb.Options(), func(o *elb.Options) { o.Credentials = own })
	a.asg = autoscaling.New(a.asg.Options(), func(o *autoscaling.Options) { o.Credentials = own })
	answer, err := http.Post(a.url+"/moto-api/reset-auth", "text/plain", strings.NewReader("0"))
	a.must(err)
	a.must(answer.Body.Close())
}

// user makes a user with the policy and a key.
func (a *account) user(name, policy string) (id, secret string) {
	a.Helper()
	a.iam(url.Values{"Action": {"CreateUser"}, "UserName": {name}})
	a.iam(url.Values{"Action": {"PutUserPolicy"}, "UserName": {name}, "PolicyName": {name}, "PolicyDocument": {policy}})
	var made struct {
		Key struct {
			ID     string `xml:"AccessKeyId"`
			Secret string `xml:"SecretAccessKey"`
		} `xml:"CreateAccessKeyResult>AccessKey"`
	}
	a.must(xml.Unmarshal(a.iam(url.Values{"Action": {"CreateAccessKey"}, "UserName": {name}}), &made))
	return made.Key.ID, made.Key.Secret
}

// iam calls IAM while nothing is enforced yet; moto then looks at no signature.
func (a *account) iam(form url.Values) []byte {
	a.Helper()
	form.Set("Version", "2010-05-08")
	req, err := http.NewRequestWithContext(a.Context(), http.MethodPost, a.url, strings.NewReader(form.Encode()))
	a.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(req)
	a.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	a.must(err)
	if answer.StatusCode != http.StatusOK {
		a.Fatalf("%s: %s: %s", form.Get("Action"), answer.Status, body)
	}
	return body
}

// withinPolicy fails if AWS refused the bot anything.
func (a *account) withinPolicy() {
	a.Helper()
	if denied := a.proxy.Denied(); len(denied) > 0 {
		a.Errorf("the shipped policy does not allow what the bot calls: %v", denied)
	}
}
