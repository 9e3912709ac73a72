package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

func (p *program) configCommand() *cobra.Command {
	return group("config", "Check the configuration", &cobra.Command{
		Use:   "check",
		Short: "Say what the configuration means, or everything that is wrong with it",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.checkConfig(cmd.Context()) },
	})
}

func (p *program) checkConfig(ctx context.Context) error {
	cfg, err := p.loadConfig()
	if err != nil {
		return err
	}
	inv, _, err := p.openInventory(ctx, cfg, p.log(false))
	if err != nil {
		return err
	}
	told := p.checkInventory(ctx, inv)
	warnings, err := p.inspect(cfg, inv.All())
	if err != nil {
		return err
	}
	return p.describe(cfg, inv, told+warnings)
}

// checkInventory reads the inventory and says what is wrong with it. It returns
// how many warnings there were.
func (p *program) checkInventory(ctx context.Context, inv *inventory.Live) (warnings int) {
	_ = inv.Refresh(ctx) // the status has the error
	status := inv.Status()
	says := status.Refused
	if doubt := status.Doubt(); doubt != "" {
		says = append(says, doubt)
	}
	for _, w := range says {
		p.say("%s", w)
	}
	return len(says)
}

// describe writes what was understood in a few lines.
func (p *program) describe(cfg *Config, inv *inventory.Live, warnings int) error {
	var b strings.Builder
	hosts := inv.All()
	public, known, checked, consoles := 0, 0, 0, 0
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = h.Name
		public += one(h.Public)
		known += one(h.Declared.Ports.Known)
		checked += one(len(h.Declared.Health) > 0)
		consoles += one(h.Declared.Console != "")
	}
	b.WriteString(indented("", printable(p.configFile, 500)+verdict(warnings)))
	b.WriteString(indented("hosts      ", fmt.Sprintf("%d (%d public): %s", len(hosts), public, some(names, 20))))
	b.WriteString(cloudLines(cfg, inv.Status()))
	b.WriteString(indented("expected   ", fmt.Sprintf("ports are declared for %d of %d hosts", known, len(hosts))))
	b.WriteString(indented("health     ", fmt.Sprintf("checks are declared for %d of %d hosts", checked, len(hosts))))
	b.WriteString(indented("console    ", fmt.Sprintf("a way in is declared for %d of %d hosts", consoles, len(hosts))))
	b.WriteString(indented("networks   ", "internal: "+cmp.Or(strings.Join(cfg.internal, ", "), "the private ranges")))
	b.WriteString(indented("trusted    ", orNone(cfg.trusted)))
	if cfg.Vantage != "" {
		b.WriteString(indented("vantage    ", cfg.Vantage+" tries from outside which TCP ports accept connections"))
	}
	b.WriteString(rolloutLines(cfg, time.Now()))
	b.WriteString(indented("ssh        ", sshLine(cfg.SSH)))
	b.WriteString(indented("store      ", cfg.Store))
	b.WriteString(indented("slack      ", cfg.Slack.Mode+" mode"))
	b.WriteString(indented("secrets    ", secretsLine(cfg, p.getenv)))
	b.WriteString(policyLines(cfg.Policy) + notifyLine(cfg.Notify))
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// cloudLines says where AWS is looked at, and how many hosts come from there.
func cloudLines(cfg *Config, s inventory.Status) string {
	if len(cfg.AWS.Accounts) == 0 {
		return ""
	}
	var places []string
	for _, a := range cfg.AWS.Accounts {
		places = append(places, fmt.Sprintf("%s in %s", a, strings.Join(a.Regions, ", ")))
	}
	lines := indented("aws        ", strings.Join(places, "; "))
	if s.Name == "" {
		return lines
	}
	read := "never read"
	if !s.Read.IsZero() {
		read = fmt.Sprintf("read %s ago", s.Age.Round(time.Second))
	}
	lines += indented("inventory  ", fmt.Sprintf("%s of the configuration, %d of %s (%s)", count(s.Static, "host"), s.Listed, s.Name, read))
	if len(s.Away) > 0 {
		lines += indented("away       ", someAway(s.Away))
	}
	return lines
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
func secretsLine(cfg *Config, getenv func(string) string) string {
	var parts []string
	for _, name := range neededSecrets(cfg) {
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
	b.WriteString(approversLine(p))
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
