package bot

import (
	"fmt"
	"strings"
	"testing"

	"hardenbot/actions"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestHostsMessage(t *testing.T) {
	r := someRecall()
	r.hosts[0].Declared.Ports = actions.Ports{Known: true, Internet: []int{80, 443}, Internal: []int{22}}
	r.hosts[1].Declared.Ports = actions.Ports{Known: true}
	r.hosts[1].Transport, r.hosts[1].Instance, r.hosts[1].Public = actions.TransportSSM, "i-0abc", true
	r.hosts[2].Route.Jumps = []actions.Jump{{Address: "bastion.example"}}
	golden(t, "hosts", hostList(r, []string{"1 host that the pattern names does not run and was left out"}, noon))
}

// Many hosts are folded, and the rest is counted.
func TestManyHostsAreFolded(t *testing.T) {
	r := recalled{pattern: "*"}
	for i := range 500 {
		name := fmt.Sprintf("web-%d", i)
		r.hosts = append(r.hosts, actions.Host{Name: name, Address: "192.0.2.1", Port: 22})
		r.known = append(r.known, actions.Known{Host: actions.HostScan{Name: name, Status: actions.NotScanned, Error: "no scan has looked at it yet"}})
	}
	m := hostList(r, nil, noon)
	checkLimits(t, m)
	shown := strings.Count(mustJSON(m.Blocks), "no scan has looked at it yet")
	if want := fmt.Sprintf("… and %d more", 500-shown); shown < 15 || !strings.Contains(mustJSON(m.Blocks), want) {
		t.Errorf("%d of 500 are shown, without %q", shown, want)
	}
}

func TestHostsCommand(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.command(wst.Alice, "hosts web-{1..2}")
	s.told(wst.Alice, "names 2 hosts that this channel may target", "*web-1* `192.0.2.10:22`", "by ssh as ops", "nothing is declared for it", "*not scanned*")
	s.command(wst.Alice, "scan web-1")
	s.sees("Scan of `web-1`", "sshd accepts passwords")
	s.command(wst.Alice, "hosts web-1")
	s.told(wst.Alice, "names 1 host", "1 open finding")
	s.noProblems()
}
