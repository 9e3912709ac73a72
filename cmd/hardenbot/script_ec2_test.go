package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/rogpeppe/go-internal/testscript"

	"hardenbot/actions/cloud/cloudtest"
)

// TestEC2Scripts runs testdata/script_ec2/*.txtar with moto in EC2's place. It
// is skipped where moto is not installed.
func TestEC2Scripts(t *testing.T) {
	url := cloudtest.Start(t)
	cloudtest.Credentials(t)
	fillEC2(t, url)
	account, denied := cloudtest.NewProxy(t, url), cloudtest.NewProxy(t, url)
	account.WaysIn(true, nil)
	denied.Inject(cloudtest.Deny(""))
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script_ec2",
		Cmds: commands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
				env.Setenv(name, os.Getenv(name))
			}
			return writeTemplates(env.WorkDir, account.URL, denied.URL)
		},
	})
}

// fillEC2 runs web-1, web-2, one without a name, one of another environment,
// and web-9, which is stopped.
func fillEC2(t *testing.T, url string) {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-west-1"), config.WithBaseEndpoint(url),
		config.WithHTTPClient(awshttp.NewBuildableClient()))
	if err != nil {
		t.Fatal(err)
	}
	client := ec2.NewFromConfig(cfg)
	for _, pairs := range []string{"Name=web-1 Env=prod", "Name=web-2 Env=prod Role=canary", "Env=prod", "Name=web-3 Env=test", "Name=web-9 Env=prod"} {
		var tags []types.Tag
		for _, pair := range strings.Fields(pairs) {
			key, value, _ := strings.Cut(pair, "=")
			tags = append(tags, types.Tag{Key: &key, Value: &value})
		}
		out, err := client.RunInstances(t.Context(), &ec2.RunInstancesInput{
			ImageId: aws.String("ami-12345678"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
			TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: tags}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(pairs, "web-9") {
			if _, err := client.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{*out.Instances[0].InstanceId}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// writeTemplates makes fleet.yaml and the others of the script's templates.
func writeTemplates(dir, url, denied string) error {
	for name, made := range map[string]struct{ template, url, known string }{
		"fleet.yaml":   {"fleet.tmpl", url, "known_hosts"},
		"static.yaml":  {"static.tmpl", url, "known_hosts"},
		"denied.yaml":  {"fleet.tmpl", denied, "known_hosts"},
		"strange.yaml": {"fleet.tmpl", url, "strange_hosts"},
	} {
		raw, err := os.ReadFile(filepath.Join(dir, made.template))
		if err != nil {
			return err
		}
		text := strings.NewReplacer("URL", made.url, "known_hosts: known_hosts", "known_hosts: "+made.known).Replace(string(raw))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o700)
}
