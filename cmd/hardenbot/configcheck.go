package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"hardenbot/actions"
)

func (p *program) configCommand() *cobra.Command {
	return group("config", "Check the configuration", &cobra.Command{
		Use:   "check",
		Short: "Say what the configuration means, or everything that is wrong with it",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := p.loadConfig()
			if err != nil {
				return err
			}
			warnings, err := p.inspect(cfg)
			if err != nil {
				return err
			}
			return p.describe(cfg, warnings)
		},
	})
}

// describe writes what was understood in a few lines.
func (p *program) describe(cfg *Config, warnings int) error {
	var b strings.Builder
	hosts := cfg.Inventory.All()
	public, known, checked := 0, 0, 0
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = h.Name
		public += one(h.Public)
		known += one(h.Declared.Ports.Known)
		checked += one(len(h.Declared.Health) > 0)
	}
	b.WriteString(indented("", printable(p.configFile, 500)+verdict(warnings)))
	b.WriteString(indented("hosts      ", fmt.Sprintf("%d (%d public): %s", len(hosts), public, some(names, 20))))
	b.WriteString(indented("expected   ", fmt.Sprintf("ports are declared for %d of %d hosts", known, len(hosts))))
	b.WriteString(indented("health     ", fmt.Sprintf("checks are declared for %d of %d hosts", checked, len(hosts))))
	b.WriteString(indented("trusted    ", orNone(cfg.trusted)))
	b.WriteString(indented("ssh        ", sshLine(cfg.SSH)))
	b.WriteString(indented("store      ", cfg.Store))
	b.WriteString(indented("slack      ", cfg.Slack.Mode+" mode"))
	b.WriteString(indented("secrets    ", secretsLine(cfg.Slack.Mode, p.getenv)))
	b.WriteString(policyLines(cfg.Policy))
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

func verdict(warnings int) string {
	switch warnings {
	case 0:
		return " is sound."
	case 1:
		return " can be used, but look at the warning."
	}
	return fmt.Sprintf(" can be used, but look at the %d warnings.", warnings)
}

// secretsLine says what serve needs from the environment, and what of it is
// there. It never says what stands in it.
func secretsLine(mode string, getenv func(string) string) string {
	var parts []string
	for _, name := range neededSecrets(mode) {
		state := "not set here"
		switch {
		case getenv(name) != "" && getenv(name+"_FILE") != "":
			state = "set twice: keep it or its _FILE"
		case getenv(name) != "":
			state = "set"
		case getenv(name+"_FILE") != "":
			state = "set by its _FILE"
		}
		parts = append(parts, name+" ("+state+")")
	}
	return "serve needs " + strings.Join(parts, " and ")
}

func sshLine(s SSH) string {
	key := s.IdentityFile
	switch {
	case key == "":
		key = "the agent's keys"
	case s.Agent:
		key += " and the agent's keys"
	}
	return fmt.Sprintf("as %s with %s, host keys from %s, %d hosts at a time", s.User, key, strings.Join(s.KnownHosts, " and "), s.Parallel)
}

func policyLines(p *actions.Policy) string {
	if p == nil {
		return indented("policy     ", "none: scan works, and the bot cannot be started")
	}
	var b strings.Builder
	for _, id := range sortedKeys(p.Channels) {
		b.WriteString(indented("channel    ", id+" may target "+strings.Join(p.Channels[id], " and ")))
	}
	b.WriteString(indented("requesters ", some(p.Requesters, 20)))
	b.WriteString(indented("approvers  ", fmt.Sprintf("%s; a plan needs %d of them within %s", some(p.Approvers, 20), p.Approvals, short(p.ApprovalTTL))))
	return b.String()
}

func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
