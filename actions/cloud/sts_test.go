package cloud_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

// TestSilentSTS is with an STS that takes calls and never answers, under an EC2
// that nobody gets to.
func TestSilentSTS(t *testing.T) {
	cloudtest.Credentials(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), "Action=AssumeRole") && !strings.Contains(string(body), "Action=GetCallerIdentity") {
			t.Errorf("called without credentials: %s", body)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	c, err := cloud.New(t.Context(), cloud.Config{
		Accounts: []cloud.Account{{Role: otherRole, Regions: []string{region}}}, Endpoint: server.URL, STSSilence: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	own, err := cloud.New(t.Context(), cloud.Config{
		Accounts: []cloud.Account{{Regions: []string{region}}}, Endpoint: server.URL, STSSilence: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	const role = "AWS, account 210987654321 in eu-west-1: sts:AssumeRole: it did not answer within 100ms"
	for what, ask := range map[string]struct {
		do   func() error
		says string
	}{
		"the inventory": {func() error { _, err := c.Instances(t.Context(), cloud.Filter{}); return err }, role},
		"a description": {func() error {
			_, errs := c.Describe(t.Context(), []actions.Host{host("web-1", "10.0.0.1")})
			return errs["web-1"]
		}, role},
		"a change": {func() error {
			call := ruleCall(actions.AuthorizeIngress, ssh("sg-1"))
			call.Account = otherOne
			_, err := (&cloud.Provider{Client: c}).Make(t.Context(), call)
			return err
		}, "it is unknown whether ec2:AuthorizeSecurityGroupIngress had its effect: " + role},
		"a change in the own account": {func() error {
			_, err := (&cloud.Provider{Client: own}).Make(t.Context(), ruleCall(actions.AuthorizeIngress, ssh("sg-1")))
			return err
		}, "it is unknown whether ec2:AuthorizeSecurityGroupIngress had its effect: AWS, the default account in eu-west-1: sts:GetCallerIdentity: it did not answer within 100ms"},
	} {
		begin := time.Now()
		err := ask.do()
		if err == nil || err.Error() != ask.says {
			t.Errorf("%s: %v, want %s", what, err, ask.says)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%s took %s", what, took)
		}
	}
}
