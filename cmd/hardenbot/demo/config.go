package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"
)

// config is what the configuration file is written from.
type config struct {
	API, Store string
	AWS        string // endpoint
	Bastion    int    // port of the jump host
}

// simulatedConfig is as a team would write it for four instances behind a jump host.
var simulatedConfig = template.Must(template.New("").Parse(`slack: {mode: socket, api_url: "{{.API}}"}
store: "{{.Store}}"
inventory:
  ec2: {user: ops, tags: {Role: [web]}, group_tags: [Role]}
  ssh_config: ssh_config
ssh: {user: ops, identity_file: id, known_hosts: known_hosts}
aws:
  endpoint: "{{.AWS}}"
  accounts: [{regions: [eu-west-1]}]
networks: {internal: [10.0.0.0/8]}
expected: [{hosts: "web-*", internet: [22, 80, 443], internal: [9090, 9100]}]
health: [{hosts: "web-*", url: "http://127.0.0.1:8080/health"}]
trusted: [10.0.0.10]
console: [{hosts: "web-*", via: the serial console of EC2}]
rollout: {soak: 1s, healthy_in_a_row: 1, healthy_within: 30s}
policy:
  channels: {` + ops + `: ["web-*"]}
  requesters: [` + alice + `]
  approvers: [` + bob + `]
`))

func (w *World) configure(c config) error {
	var b strings.Builder
	if err := simulatedConfig.Execute(&b, c); err != nil {
		return err
	}
	w.Config = filepath.Join(w.dir, "hardenbot.yaml")
	jump := fmt.Sprintf("Host web-*\n\tProxyJump jump@127.0.0.1:%d\n", c.Bastion)
	return errors.Join(w.write("hardenbot.yaml", b.String()), w.write("ssh_config", jump))
}

// lab takes the lab's own configuration, with another Slack, store and policy.
func (w *World) lab(file string, c config) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the lab's configuration cannot be read: %w; start the lab with deploy/lab/lab up, and set HARDENBOT_CONFIG as deploy/lab/lab env says", err)
	}
	var all map[string]any
	if err := yaml.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("the lab's configuration %s is not understood: %w", file, err)
	}
	all["slack"] = map[string]any{"mode": "socket", "api_url": c.API}
	all["store"] = c.Store
	all["policy"] = map[string]any{
		"channels": map[string]any{ops: []string{"*"}}, "requesters": []string{alice}, "approvers": []string{bob},
	}
	if ssh, is := all["ssh"].(map[string]any); is {
		for _, key := range []string{"identity_file", "known_hosts"} {
			if path, is := ssh[key].(string); is && !filepath.IsAbs(path) {
				ssh[key] = filepath.Join(filepath.Dir(file), path)
			}
		}
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		return err
	}
	w.Config = filepath.Join(w.dir, "hardenbot.yaml")
	return w.write("hardenbot.yaml", string(text))
}
