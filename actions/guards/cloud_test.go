package guards_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/guards"
)

// inCloud returns web-1 as an instance whose one group has these rules.
func inCloud(rules ...actions.IngressRule) *actions.Facts {
	f := actionstest.Sound()
	f.SSHD.Address, f.SSHD.Port = "10.0.1.11", 22
	f.Cloud = &actions.Cloud{
		Instance: "i-0123456789abcdef0", Account: "123456789012", Region: "eu-central-1",
		Interfaces: []actions.Interface{{
			ID: "eni-0web1", Private: []string{"10.0.1.11"}, Public: []string{"203.0.113.11"}, Gateway4: true,
			ACL:    []actions.ACL{{Number: 100, Allow: true, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"}},
			Groups: []actions.SecurityGroup{{ID: "sg-0web", Rules: rules}},
		}},
	}
	return f
}

func tcp(id string, port int, cidr string) actions.IngressRule {
	return actions.IngressRule{ID: id, Group: "sg-0web", Proto: "tcp", From: port, To: port, CIDR: cidr}
}

func members(id string, port int, group string) actions.IngressRule {
	r := tcp(id, port, "")
	r.Source = group
	return r
}

// replace is a change that authorizes and revokes rules.
func replace(lets, takes []actions.IngressRule) actions.Change {
	var c actions.Change
	for _, r := range lets {
		c.Steps = append(c.Steps, actions.Step{Call: &actions.Call{Action: actions.AuthorizeIngress, Rule: &r}})
	}
	for _, r := range takes {
		c.Steps = append(c.Steps, actions.Step{Call: &actions.Call{Action: actions.RevokeIngress, Rule: &r}})
	}
	return c
}

func askOf(t *testing.T, name string, f *actions.Facts, c actions.Change, args map[string]string) actions.Answer {
	t.Helper()
	c.Guards = []actions.Need{{Guard: name, Args: args}}
	return actions.AskGuards(context.Background(), guards.All(), f, c, witness{noRun: errors.New("no script is needed")})[0]
}

func TestOurOwnAddressStays(t *testing.T) {
	type list = []actions.IngressRule
	public, office, inside := tcp("sgr-1", 22, "0.0.0.0/0"), tcp("", 22, "192.0.2.0/24"), tcp("", 22, "10.0.0.0/8")
	for _, c := range []struct {
		name        string
		has         list
		lets, takes list
		set         func(*actions.Facts)
		ok          bool
		says        string
	}{
		{"its network stays", list{public}, list{office}, list{public}, nil, true, "the bot comes from 192.0.2.9, which is still let in to port 22"},
		{"its network goes", list{public}, list{inside}, list{public}, nil, false, "the bot comes from 192.0.2.9, which the change no longer lets in to the SSH port"},
		{"from inside, which stays", list{public}, list{inside}, list{public}, func(f *actions.Facts) { f.Login.From = "10.9.9.9" }, true, "10.9.9.9, which is still let in"},
		{"as IPv6 writes IPv4", list{public}, list{office}, list{public}, func(f *actions.Facts) { f.Login.From = "::ffff:192.0.2.9" }, true, "192.0.2.9, which is still let in"},
		{"another port's rule goes", list{public, tcp("sgr-2", 80, "0.0.0.0/0")}, nil, list{tcp("sgr-2", 80, "0.0.0.0/0")}, nil, true, "still let in"},
		{"sshd on another port", list{tcp("sgr-1", 5022, "0.0.0.0/0")}, nil, list{tcp("sgr-1", 5022, "0.0.0.0/0")}, func(f *actions.Facts) { f.SSHD.Port = 5022 }, false, "no longer lets in"},
		{"a member, and its group stays", list{members("sgr-9", 22, "sg-0bastion"), tcp("sgr-1", 22, "8.8.8.8/32")}, nil, list{tcp("sgr-1", 22, "8.8.8.8/32")},
			func(f *actions.Facts) { f.Login.From = "10.0.5.5" }, true, "let in to port 22 as a member of a group, and no such rule changes"},
		{"a member, and its group goes", list{members("sgr-9", 22, "sg-0bastion")}, nil, list{members("sgr-9", 22, "sg-0bastion")},
			func(f *actions.Facts) { f.Login.From = "10.0.5.5" }, false, "no rule that is understood lets that in"},
		{"perhaps a member", list{public, members("sgr-9", 22, "sg-0bastion")}, nil, list{public}, nil, false, "no longer lets in"},
		{"by no rule that is known", nil, nil, nil, nil, false, "no rule that is understood lets that in"},
		{"from the host itself", list{public}, nil, list{public}, func(f *actions.Facts) { f.Login.From = "127.0.0.1" }, true, "from the host itself"},
		{"from nowhere", list{public}, nil, nil, func(f *actions.Facts) { f.Login.From = "UNKNOWN" }, false, "does not say from which address"},
		{"by a VPN", list{public}, nil, nil, func(f *actions.Facts) { f.SSHD.Address = "10.66.0.1" }, false, "comes in by 10.66.0.1, which no network interface has"},
		{"by one of two interfaces", list{public}, nil, nil, func(f *actions.Facts) {
			f.SSHD.Address = ""
			f.Cloud.Interfaces = append(f.Cloud.Interfaces, f.Cloud.Interfaces[0])
		}, false, "does not say by which of its addresses"},
		{"by the only interface", list{public}, list{office}, list{public}, func(f *actions.Facts) { f.SSHD.Address = "" }, true, "still let in"},
		{"not in a cloud", nil, nil, nil, func(f *actions.Facts) { f.Cloud = nil }, false, "not known to be an instance"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inCloud(c.has...)
			if c.set != nil {
				c.set(f)
			}
			expect(t, askOf(t, "not-our-own-door", f, replace(c.lets, c.takes), map[string]string{"closes": "ssh-port"}), c.ok, c.says)
		})
	}
}

func TestPeersAdmitted(t *testing.T) {
	public, inside := tcp("sgr-1", 3306, "0.0.0.0/0"), tcp("", 3306, "10.0.0.0/8")
	change := replace([]actions.IngressRule{inside}, []actions.IngressRule{public})
	crowd := func(n int) []actions.Peer {
		var all []actions.Peer
		for i := range n {
			all = append(all, actions.Peer{Port: 3306, Address: fmt.Sprintf("8.8.8.%d", i), Count: 1})
		}
		return all
	}
	for _, c := range []struct {
		name  string
		rules []actions.IngressRule
		peers []actions.Peer
		says  string
	}{
		{"nobody", nil, []actions.Peer{}, "nobody holds a connection to these ports now"},
		{"another port", nil, []actions.Peer{{Port: 22, Address: "8.8.8.8", Count: 1}}, "nobody holds"},
		{"the host itself", nil, []actions.Peer{{Port: 3306, Address: "127.0.0.1", Count: 1}}, "nobody holds"},
		{"all stay", nil, []actions.Peer{{Port: 3306, Address: "10.2.3.4", Count: 1}, {Port: 3306, Address: "10.2.3.5", Count: 2}}, "all 2 that hold connections to these ports stay let in"},
		{"one is cut off", nil, []actions.Peer{{Port: 3306, Address: "10.2.3.4", Count: 1}, {Port: 3306, Address: "8.8.8.8", Count: 2}},
			"1 of the 2 that hold connections to these ports are no longer let in: 8.8.8.8 on port 3306"},
		{"many are cut off", nil, crowd(12), "8.8.8.9 on port 3306 and 2 more"},
		{"as many as are read", nil, crowd(100), "there may be more, as only the busiest of each port were read"},
		{"perhaps a member", []actions.IngressRule{members("sgr-9", 3306, "sg-0app")}, []actions.Peer{{Port: 3306, Address: "172.16.0.1", Count: 1}},
			"1 of the 1 that hold connections to these ports are no longer let in"},
		{"not an address", nil, []actions.Peer{{Port: 3306, Address: "x\x1b", Count: 1}}, "so it is not known whether they come back: x on port 3306"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inCloud(append(c.rules, public)...)
			f.Peers, f.Listeners = c.peers, []actions.Listener{{Proto: "tcp", Address: "*", Port: 3306}}
			expect(t, askOf(t, "peers-admitted", f, change, nil), true, c.says)
		})
	}
	f := inCloud(members("sgr-9", 3306, "sg-0app"), tcp("sgr-1", 3306, "8.8.8.0/24"))
	f.Peers, f.Listeners = []actions.Peer{{Port: 3306, Address: "10.2.3.4", Count: 1}}, []actions.Listener{{Proto: "tcp", Address: "*", Port: 3306}}
	expect(t, askOf(t, "peers-admitted", f, replace(nil, []actions.IngressRule{tcp("sgr-1", 3306, "8.8.8.0/24")}), nil), true, "all 1 that hold connections")
	expect(t, askOf(t, "peers-admitted", f, replace(nil, []actions.IngressRule{members("sgr-9", 3306, "sg-0app")}), nil), true,
		"1 of the 1 that hold connections to these ports probably lose their way in; these can only be let in as members of a group whose rule goes: 10.2.3.4 on port 3306")
	f.Peers = append(f.Peers, actions.Peer{Port: 3306, Address: "8.8.8.8", Count: 1})
	expect(t, askOf(t, "peers-admitted", f, replace(nil, f.Cloud.Interfaces[0].Groups[0].Rules), nil), true,
		"1 of the 2 that hold connections to these ports are no longer let in: 8.8.8.8 on port 3306; these can only be let in as members of a group whose rule goes: 10.2.3.4 on port 3306")
	f.Cloud = nil
	expect(t, askOf(t, "peers-admitted", f, change, nil), false, "not known to be an instance")
}

func TestSecondWayIn(t *testing.T) {
	unread := func(what string) func(*actions.Facts) {
		return func(f *actions.Facts) { f.Cloud.Unread = map[string]string{what: "AccessDenied\nby policy"} }
	}
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		ok   bool
		says string
	}{
		{"a declared console", func(f *actions.Facts) { f.Host.Declared.Console, f.Cloud = "IPMI at bmc-1", nil }, true, "declares another way in: IPMI at bmc-1"},
		{"the agent", func(f *actions.Facts) { f.Cloud.Agent = "Online" }, true, "the agent of AWS Systems Manager is online"},
		{"the agent, the console unread", func(f *actions.Facts) { unread("console")(f); f.Cloud.Agent = "Online" }, true, "is online"},
		{"the serial console", func(f *actions.Facts) { f.Cloud.Console, f.Accounts[1].Password = true, "usable" }, true,
			"the EC2 serial console is enabled, and these have a password to log in with there: ops"},
		{"the serial console, the agent unread", func(f *actions.Facts) {
			unread("agent")(f)
			f.Cloud.Console, f.Accounts[1].Password = true, "usable"
		}, true, "serial console is enabled"},
		{"no agent, no console", func(*actions.Facts) {}, false, "AWS Systems Manager knows no agent on the host, and the EC2 serial console is off"},
		{"the agent is lost", func(f *actions.Facts) { f.Cloud.Agent = "ConnectionLost" }, false, "is not online (ConnectionLost), and"},
		{"the agent unread", unread("agent"), false, "whether the agent of AWS Systems Manager is online could not be read (AccessDenied by policy), and"},
		{"the console unread", unread("console"), false, "whether the EC2 serial console is enabled could not be read (AccessDenied by policy)"},
		{"nobody has a password", func(f *actions.Facts) { f.Cloud.Console = true }, false, "no account has a password to log in with on the EC2 serial console"},
		{"an empty password is none", func(f *actions.Facts) { f.Cloud.Console, f.Accounts[1].Password = true, "empty" }, false, "no account has a password"},
		{"a service has a password", func(f *actions.Facts) {
			f.Cloud.Console, f.Accounts[1].Password, f.Accounts[1].Login = true, "usable", false
		}, false, "no account has a password"},
		{"accounts unread", func(f *actions.Facts) {
			f.Cloud.Console = true
			f.Absent = map[actions.Section]string{actions.SectionAccounts: "no sudo"}
		}, false, "whether an account has a password for the EC2 serial console could not be read (no sudo)"},
		{"not in a cloud", func(f *actions.Facts) { f.Cloud = nil }, false, "no way in but SSH is known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inCloud()
			c.set(f)
			expect(t, askOf(t, "second-way-in", f, actions.Change{}, nil), c.ok, c.says)
		})
	}
}
