package host

import (
	"os/exec"
	"strings"
	"testing"

	"hardenbot/actions"
)

// The script counts what a stand-in for ss prints: connections to ports that
// are listened on, by port and peer, those with most first.
func TestProbePeers(t *testing.T) {
	const ss = `ss() {
		case $1 in
		-Htln) printf '%s\n' 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:*' 'LISTEN 0 64 *:8080 *:*' ;;
		*) printf '%s\n' \
			'0 0 10.0.0.5:22 192.0.2.9:50000' '0 0 10.0.0.5:41000 198.51.100.1:443' \
			'0 0 [::ffff:10.0.0.5]:8080 [::ffff:192.0.2.9]:50001' '0 0 [2001:db8::5]:8080 [2001:db8::1]:50002' \
			'0 0 [2001:db8::5]:8080 [2001:db8::1]:50003' '0 0 [fe80::5]%eth0:22 [fe80::1]%eth0:50004' ;;
		esac
	}
	`
	var f actions.Facts
	if err := parsePeers(peersOf(t, ss), &f); err != nil {
		t.Fatal(err)
	}
	same(t, f.Peers, []actions.Peer{
		{Port: 22, Address: "192.0.2.9", Count: 1},
		{Port: 22, Address: "fe80::1", Count: 1},
		{Port: 8080, Address: "2001:db8::1", Count: 2},
		{Port: 8080, Address: "192.0.2.9", Count: 1},
	})
}

// A host with very many connections tells the busiest peers of each port.
func TestProbePeersIsBounded(t *testing.T) {
	const ss = `ss() {
		case $1 in
		-Htln) for p in 1 2 3 4 5 6; do echo "LISTEN 0 1 *:$p *:*"; done ;;
		*) awk 'BEGIN {
			for (p = 1; p <= 6; p++) for (n = 0; n < 300; n++) print "0 0 10.0.0.5:" p " 10.1." p "." n % 250 ":" 1000 + n
		}' ;;
		esac
	}
	`
	var f actions.Facts
	if err := parsePeers(peersOf(t, ss), &f); err != nil {
		t.Fatal(err)
	}
	perPort := map[int]int{}
	for _, p := range f.Peers {
		perPort[p.Port]++
	}
	if len(f.Peers) != actions.MostPeers || perPort[1] > actions.MostPeersOfPort || f.Peers[0].Count != 2 {
		t.Errorf("%d peers, by port %v, first %+v", len(f.Peers), perPort, f.Peers[0])
	}
}

// peersOf runs the section as the probe has it, after the definition of ss.
func peersOf(t *testing.T, ss string) string {
	t.Helper()
	_, script, _ := strings.Cut(probeScript("@@M"), "section peers ")
	_, script, _ = strings.Cut(script, " ")
	_, script, _ = strings.Cut(script, " ")
	script, _, _ = strings.Cut(script, "\nsection ")
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", "LC_ALL=C\n"+ss+"script="+script+"\neval \"$script\"").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
