package acceptance

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const openToAll = "is open to everybody on all or very many ports"

// TestOpenGroupOnAWS closes a security group that is open to everybody on
// everything, once there is another way in than the one that it guards. Another
// host tries from outside what can really be reached.
func TestOpenGroupOnAWS(t *testing.T) {
	var a *account
	w := newWorld(t, "socket", nil, func(config map[string]any) { a = withOpenGroup(t, config) })
	public := w.reachable(a, "web-1", "web-4")
	w.filtered("web-1")
	w.start()

	findings := w.scan("web-1")
	w.inOrder(findings.text(), "3306/tcp", openToAll, passwords, "Security updates")
	w.tried(findings.text(), public)
	w.refusedWithoutSecondWayIn(a, findings)

	a.proxy.WaysIn(false, map[string]string{a.instances["web-1"]: "Online"})
	w.shows(w.approve(findings.fix(openToAll)), "web-1", "done on 1")
	want := []string{"-1 10.0.0.0/8", "icmp 0.0.0.0/0", "tcp 22 0.0.0.0/0", "tcp 443 0.0.0.0/0", "tcp 80 0.0.0.0/0"}
	if in := a.letIn(a.web); !slices.Equal(in, want) {
		t.Errorf("the group lets in\n got %q\nwant %q", in, want)
	}
	w.must(w.byKey("web-1", "ops"))
	if again := w.scan("web-1"); strings.Contains(again.text(), openToAll) || strings.Contains(again.text(), "to the internet") {
		t.Errorf("something still faces the internet:\n%s", again.text())
	}
}

// withOpenGroup makes web-1 an instance that everybody gets to, and web-4 one
// that stands outside of the team's networks.
func withOpenGroup(t *testing.T, config map[string]any) *account {
	a := newAccount(t)
	a.web = a.groupOf("legacy", types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}})
	at := addresses(config)
	a.server("web-1", at["web-1"], a.web, types.HttpTokensStateRequired)
	a.server("web-4", at["web-4"], a.group("relay", 22), types.HttpTokensStateRequired)
	a.proxy.WaysIn(false, nil)
	a.configure(config)
	config["vantage"] = "web-4"
	config["expected"] = []any{map[string]any{"hosts": "web-*", "internet": []any{22, 80, 443}}}
	return a
}

// reachable has one host answer at its public address, and another one know the
// way there. It returns the address.
func (w *world) reachable(a *account, host, from string) string {
	w.Helper()
	public := aws.ToString(a.instance(host).PublicIpAddress)
	w.lab.Exec(w.T, host, "ip address add "+public+"/32 dev host0")
	w.lab.Exec(w.T, from, "ip route add "+public+"/32 dev host0")
	return public
}

// filtered has the host's own firewall close two ports: one in a way that the
// bot understands, and one in a way that it does not.
func (w *world) filtered(host string) {
	w.Helper()
	w.lab.Exec(w.T, host, `DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends nftables >/dev/null
nft -f - <<'RULES'
table inet team {
	chain input {
		type filter hook input priority 0; policy accept;
		iifname lo accept
		tcp dport 9090 ip saddr != 10.0.0.0/8 reject with tcp reset
		tcp dport 9100 meta length > 0 reject with tcp reset
	}
}
RULES`)
}

// tried holds what the findings say of what could be connected to.
func (w *world) tried(text, public string) {
	w.Helper()
	for _, says := range []string{
		"a connection from web-4 to %s:3306 was accepted",
		"no connection from web-4 to %s:9090 was accepted: nobody was seen to get there from outside",
		"no connection from web-4 to %s:9100 was accepted: something that is not known here closes it",
	} {
		if says = fmt.Sprintf(says, public); !strings.Contains(text, says) {
			w.Errorf("the findings do not say %q:\n%s", says, text)
		}
	}
}

// refusedWithoutSecondWayIn asks for the change while nobody could repair it.
func (w *world) refusedWithoutSecondWayIn(a *account, findings findings) {
	w.Helper()
	before := a.rules(a.web)
	w.shows(findings.fix(openToAll), "There is no plan", "second-way-in",
		"AWS Systems Manager knows no agent on the host, and the EC2 serial console is off for the account in the region",
		"install the agent of AWS Systems Manager and give the instance a role for it, or enable the EC2 serial console and give an account a password")
	if after := a.rules(a.web); !reflect.DeepEqual(after, before) {
		w.Errorf("refused, and yet the rules are\n%v\nand were\n%v", after, before)
	}
	for _, c := range a.proxy.Calls() {
		if strings.HasPrefix(c.Action, "ec2:Authorize") || strings.HasPrefix(c.Action, "ec2:Revoke") {
			w.Errorf("refused, and yet %s was called", c.Action)
		}
	}
}
