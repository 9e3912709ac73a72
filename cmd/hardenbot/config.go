package main

import (
	"path/filepath"
	"time"
	_ "time/tzdata" // zones have to be known everywhere

	"hardenbot/actions"
	"hardenbot/actions/calendar"
	"hardenbot/actions/cloud"
	"hardenbot/actions/inventory"
)

// Config is the configuration file as it was understood, with the defaults
// filled in and all paths absolute. deploy/hardenbot.example.yaml explains
// every key.
type Config struct {
	Slack     Slack
	Store     string
	Static    *inventory.Inventory // the file's and ssh_config's hosts, completed, with what is declared about each
	AWS       cloud.Config         // without accounts AWS is not asked
	EC2       *EC2                 // nil: instances are no hosts; see Config.inventory
	SSH       SSH
	Vantage   string // name of the host that tries ports from outside; empty: none does
	ProofTime time.Duration
	Rollout   actions.Rollout   // of plans that are made from now on
	Remind    time.Duration     // how often a host that needs somebody is reported again
	Calendar  calendar.Calendar // when changes may begin
	Notify    []string          // IDs of users and user groups who are told of plans that wait
	Policy    *actions.Policy   // nil when the file has none; then the bot cannot be started

	// Warnings are as FILE:LINE: sentence. They do not keep hardenbot from
	// working.
	Warnings []string

	rules
	hosts     []staticHost
	sshConfig string
	sshLine   int
	ssmLine   int                  // the first that names the transport ssm; 0 for none
	sshHosts  *inventory.SSHConfig // nil without sshConfig
	channels  []channelRule
	haproxies []string // stats sockets

	places places
}

// Slack is how to reach Slack. The secrets come from elsewhere: secrets.go.
type Slack struct {
	Mode   string // socket or http
	APIURL string // empty: Slack's own
	Listen string // HOST:PORT; empty in socket mode: nothing listens
}

// SSH is how to get to hosts that say nothing else.
type SSH struct {
	User           string
	IdentityFile   string
	Agent          bool
	KnownHosts     []string
	ConnectTimeout time.Duration
	Parallel       int
}

// staticHost is an entry of inventory.hosts.
type staticHost struct {
	actions.Host
	public *bool // nil: to be told from the address
	line   int
}

// EC2 is which instances are hosts. AWS.Naming says how they become ones.
type EC2 struct {
	Tags      map[string][]string // an instance has one of the values of each; * and ? as EC2 has them
	Port      int                 // 0: as for other hosts
	Transport string              // as Host.Transport
	Refresh   time.Duration
	line      int
}

func defaults() *Config {
	return &Config{
		Slack:     Slack{Mode: "socket"},
		Store:     "/var/lib/hardenbot/hardenbot.db",
		SSH:       SSH{User: "hardenbot", ConnectTimeout: 10 * time.Second, Parallel: 32},
		ProofTime: 60 * time.Second,
		Rollout: actions.Rollout{
			Canary: 1, MaxUnavailable: actions.Share{Count: 1}, MinHealthy: actions.Share{Count: 1},
			Soak: 30 * time.Second, InARow: 3, HealthyWithin: time.Minute,
		},
		Remind: 4 * time.Hour,
	}
}

// LoadConfig reads and checks the file. Its error is either about the file as
// a whole, or holds all problems that were found, each as FILE:LINE: sentence.
func LoadConfig(file string) (*Config, error) {
	text, err := readConfigFile(file)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	return parseConfig(file, dir, text)
}

func parseConfig(file, dir string, text []byte) (*Config, error) {
	cfg, doc := defaults(), &document{file: file}
	cfg.places = places{file: file, store: 1, identity: 1, agent: 1, known: 1}
	root := doc.parseYAML(text)
	if root != nil {
		schema{cfg, doc, dir}.read(root)
	}
	// What depends on several keys is judged when each is sound by itself.
	if len(doc.problems) == 0 {
		cfg.complete(doc)
	}
	if len(doc.problems) > 0 {
		return nil, doc.problems
	}
	return cfg, nil
}
