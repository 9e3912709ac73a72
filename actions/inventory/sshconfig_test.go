package inventory

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

const sample = `# people's own file
Host web-1 web-1.prod
	HostName 10.0.0.1
	Port 2222
	IdentityFile "~/.ssh/web key"
	IdentityFile /etc/hardenbot/%h-%r # both are tried

Host bastion
	HostName bastion.example.com
	User jump
	IdentityFile ~/.ssh/bastion-%r
	HostKeyAlias gate

Host db-?
	ProxyJump=alice@bastion:2022,198.51.100.7
	HostKeyAlias %%literal

Host db-1
	HostName %h.internal.example.com
	HostKeyAlias db-one
	CertificateFile /etc/hardenbot/db-cert.pub

Host * !bastion
	User ops
	ProxyJump none
	IdentityFile none
	ForwardAgent no
`

func TestComplete(t *testing.T) {
	c := parsed(t, strings.Replace(sample, "\tHostKeyAlias %%literal\n", "", 1))
	for _, test := range []struct {
		in, want actions.Host
	}{
		{
			actions.Host{Name: "web-1"},
			actions.Host{Name: "web-1", Address: "10.0.0.1", Port: 2222, User: "ops", Route: actions.Route{Auth: actions.Auth{
				Identities: []string{"/home/alice/.ssh/web key", "/etc/hardenbot/10.0.0.1-ops"},
			}}},
		},
		{ // what the host says itself stays
			actions.Host{Name: "web-1", Address: "10.9.9.9", Port: 22, User: "root", Public: true, Groups: []string{"web"}},
			actions.Host{Name: "web-1", Address: "10.9.9.9", Port: 22, User: "root", Public: true, Groups: []string{"web"}, Route: actions.Route{Auth: actions.Auth{
				Identities: []string{"/home/alice/.ssh/web key", "/etc/hardenbot/10.9.9.9-root"},
			}}},
		},
		{
			actions.Host{Name: "db-1"},
			actions.Host{Name: "db-1", Address: "db-1.internal.example.com", Port: 22, User: "ops", Route: actions.Route{
				Jumps: []actions.Jump{
					{Address: "bastion.example.com", Port: 2022, User: "alice", Auth: actions.Auth{
						Identities: []string{"/home/alice/.ssh/bastion-alice"}, HostKeyAlias: "gate",
					}},
					{Address: "198.51.100.7", Port: 22, User: "ops"},
				},
				Auth: actions.Auth{Certificates: []string{"/etc/hardenbot/db-cert.pub"}, HostKeyAlias: "db-one"},
			}},
		},
		{ // a question mark is one character
			actions.Host{Name: "db-"},
			actions.Host{Name: "db-", Address: "db-", Port: 22, User: "ops"},
		},
		{
			actions.Host{Name: "bastion"},
			actions.Host{Name: "bastion", Address: "bastion.example.com", Port: 22, User: "jump", Route: actions.Route{Auth: actions.Auth{
				Identities: []string{"/home/alice/.ssh/bastion-jump"}, HostKeyAlias: "gate",
			}}},
		},
	} {
		got, err := c.Complete(test.in, "hardenbot")
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%+v:\n got %+v, %v\nwant %+v", test.in, got, err, test.want)
		}
	}
	if want := []string{"web-1", "web-1.prod", "bastion", "db-1"}; !slices.Equal(c.Names(), want) {
		t.Errorf("names: got %v, want %v", c.Names(), want)
	}
}

func parsed(t *testing.T, text string) *SSHConfig {
	t.Helper()
	c, err := parseSSHConfig("config", "/home/alice", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCompleteWithoutFile(t *testing.T) {
	var c *SSHConfig
	got, err := c.Complete(actions.Host{Name: "web-1"}, "hardenbot")
	want := actions.Host{Name: "web-1", Address: "web-1", Port: 22, User: "hardenbot"}
	if err != nil || !reflect.DeepEqual(got, want) || c.Names() != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestJumpsOfJumps(t *testing.T) {
	c := parsed(t, "Host a\n ProxyJump b\nHost b\n ProxyJump ssh://c:2022\n User bob\nHost self\n ProxyJump self\nHost *\n ProxyJump [2001:db8::1]:22\nHost 2001*\n User six\n")
	for name, want := range map[string][]actions.Jump{
		"self": nil,
	} {
		if got, err := c.Complete(actions.Host{Name: name}, "ops"); err != nil || !reflect.DeepEqual(got.Route.Jumps, want) {
			t.Errorf("%s: got %+v, %v", name, got.Route.Jumps, err)
		}
	}
	// ssh goes to the jump host of Host * directly, and so it ends there.
	got, err := c.Complete(actions.Host{Name: "a"}, "ops")
	want := []actions.Jump{
		{Address: "2001:db8::1", Port: 22, User: "six"},
		{Address: "c", Port: 2022, User: "ops"},
		{Address: "b", Port: 22, User: "bob"},
	}
	if err != nil || !reflect.DeepEqual(got.Route.Jumps, want) {
		t.Errorf("a: got %+v, %v", got.Route.Jumps, err)
	}
}

func TestParseSSHConfigRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"Host a\nMatch host b\n":             "config:2: Match is not supported",
		"Host a\n  include conf.d/*\n":       "config:2: include is not supported",
		"Host a\nProxyCommand nc %h %p\n":    "config:2: the keyword ProxyCommand is not supported",
		"Host a\nHostNmae b\n":               "config:2: the keyword HostNmae is not supported",
		"\nHost\n":                           "config:2: Host needs a value",
		"Host a\nPort\n":                     "config:2: Port needs a value",
		"Host a\nPort = # none\n":            "config:2: Port needs a value",
		"Host \"a b\"\n":                     "config:1: quotation marks in Host are not supported",
		"Host a@b\n":                         `config:1: the name "a@b" cannot be used`,
		"Host a\nUser \x1b[2J\n":             "config:2: the line contains control characters",
		"[section]\n":                        "config:1: [section] needs a value",
		"Host " + strings.Repeat("a ", 4000): "config:1: the line is longer than",
	} {
		if _, err := parseSSHConfig("config", "/", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestCompleteRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"HostName a b":                        "config:2: HostName",
		"HostName %p":                         "a token that is not supported",
		"HostName a%":                         "a token that is not supported",
		"Port 0":                              "config:2: Port: 0 is no port",
		"Port 65536":                          "config:2: Port: 65536 is no port",
		"Port ssh":                            `config:2: Port: "ssh" is no port`,
		"User -oProxyCommand=x":               "config:2: User",
		"User %u":                             "config:2: User",
		"IdentityFile id_ed25519":             "is a relative path",
		"IdentityFile ${HOME}/id":             "an environment variable",
		"IdentityFile %k/id":                  "a token that is not supported",
		"CertificateFile cert":                "config:2: CertificateFile",
		"HostKeyAlias a,b":                    "config:2: HostKeyAlias",
		"ProxyJump b:70000":                   "config:2: ProxyJump: 70000 is no port",
		"ProxyJump b,,c":                      "config:2: ProxyJump",
		"ProxyJump $(x)@b":                    "config:2: ProxyJump",
		"ProxyJump b\nHost b\nProxyJump web":  "the way to web goes through itself",
		"ProxyJump b\nHost b\nIdentityFile x": "config:4: IdentityFile",
		"ProxyJump b\nHost b\nPort 0":         "config:4: Port: 0 is no port",
	} {
		c := parsed(t, "Host web\n"+text+"\n")
		if h, err := c.Complete(actions.Host{Name: "web"}, "ops"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v and %v, want %q", text, h, err, want)
		}
	}
}

func TestReadSSHConfig(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadSSHConfig(filepath.Join(dir, "absent")); err == nil {
		t.Error("a file that is not there was read")
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, maxSSHConfig+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSSHConfig(large); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

func FuzzSSHConfig(f *testing.F) {
	f.Add(sample)
	f.Add("Host=a\nHostName = b\n\nHost *\n#\n=\n[x]\n\"Host\" a")
	f.Add("Host a\r\nPort 22\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseSSHConfig("config", "/home/alice", []byte(text))
		if err != nil {
			return
		}
		for _, name := range append(c.Names(), "web-1") {
			if err := CheckName(name); err != nil {
				t.Errorf("%q gives a host %q", text, name)
			}
			h, err := c.Complete(actions.Host{Name: name}, "ops")
			if err != nil {
				continue
			}
			if CheckAddress(h.Address) != nil || CheckPort(h.Port) != nil || CheckUser(h.User) != nil {
				t.Errorf("%q gives %+v", text, h)
			}
		}
	})
}
