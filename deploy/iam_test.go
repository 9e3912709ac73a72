package deploy

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"hardenbot/actions/cloud"
)

// policy is an IAM policy document.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Action    list
	Resource  string
	Condition map[string]map[string]string
}

// list is one string or several, as IAM takes both.
type list []string

func (l *list) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(l))
}

func iamPolicy(t *testing.T) policy {
	t.Helper()
	raw, err := os.ReadFile("iam-policy.json")
	if err != nil {
		t.Fatal(err)
	}
	var p policy
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// The calls that the product makes are held against these lists by the tests of
// the cloud package.
func TestPolicyAllowsExactlyWhatIsCalled(t *testing.T) {
	scan := slices.Concat(cloud.ReadActions, cloud.RotationReadActions)
	change := slices.Concat(cloud.ChangeActions, cloud.RotationActions)
	got := map[string][]string{}
	for _, s := range iamPolicy(t).Statement {
		for _, part := range []string{"Scan", "Command", "Change"} {
			if strings.HasPrefix(s.Sid, part) {
				got[part] = append(got[part], s.Action...)
			}
		}
	}
	change = slices.DeleteFunc(change, func(a string) bool {
		return slices.Contains(scan, a) || a == "sts:GetCallerIdentity" // which takes no permission
	})
	for part, want := range map[string][]string{"Scan": scan, "Command": cloud.RunCommandActions, "Change": change} {
		if have, want := sortedSet(got[part]), sortedSet(want); !slices.Equal(have, want) {
			t.Errorf("%s allows\n%v\nthe product calls\n%v", part, have, want)
		}
	}
}

func sortedSet(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return slices.Compact(all)
}

// What changes something is bound to a tag, or to the making of a rule in a
// group that is.
func TestPolicyBindsChangesToTags(t *testing.T) {
	for _, s := range iamPolicy(t).Statement {
		if s.Effect != "Allow" || slices.ContainsFunc(s.Action, func(a string) bool { return strings.Contains(a, "*") }) {
			t.Errorf("%s allows by a wildcard, or is not about allowing", s.Sid)
		}
		tagged := s.Condition["StringEquals"]["aws:ResourceTag/hardenbot"] == "managed"
		ofRules := strings.HasSuffix(s.Resource, ":security-group-rule/*")
		if strings.HasPrefix(s.Sid, "Change") && !tagged && !ofRules {
			t.Errorf("%s is bound to no tag", s.Sid)
		}
		if slices.Contains(s.Action, "ssm:SendCommand") && !tagged && s.Resource != "arn:aws:ssm:*:*:document/AWS-RunShellScript" {
			t.Errorf("%s runs commands on every instance, or by any document", s.Sid)
		}
		if strings.HasPrefix(s.Sid, "Change") && s.Resource == "*" {
			t.Errorf("%s covers every resource", s.Sid)
		}
	}
}

// The template grants what the policy says, scanning and changing apart.
func TestTemplateHasThePolicy(t *testing.T) {
	raw, err := os.ReadFile("cloudformation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Condition  string
			Properties struct {
				PolicyDocument any `yaml:"PolicyDocument"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(raw, &template); err != nil {
		t.Fatal(err)
	}
	var all policy
	for _, name := range []string{"ScanPolicy", "CommandPolicy", "ChangePolicy"} {
		document, err := json.Marshal(template.Resources[name].Properties.PolicyDocument)
		if err != nil {
			t.Fatal(err)
		}
		var p policy
		if err := json.Unmarshal(document, &p); err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Statement {
			if !strings.HasPrefix(s.Sid, strings.TrimSuffix(name, "Policy")) {
				t.Errorf("%s has %s", name, s.Sid)
			}
		}
		all.Version, all.Statement = p.Version, append(all.Statement, p.Statement...)
	}
	if want := iamPolicy(t); !reflect.DeepEqual(all, want) {
		t.Errorf("the template allows\n%+v\nthe policy\n%+v", all, want)
	}
}
