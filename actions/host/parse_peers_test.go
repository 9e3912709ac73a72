package host

import (
	"fmt"
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestPeers(t *testing.T) {
	text := "443\t[::ffff:192.0.2.9]\t2\n443\t198.51.100.7\t9\n22\t192.0.2.9\t1\n443\t192.0.2.9\t1\n22\t[fe80::1]%eth0\t1\n22\t2001:db8::1\t1\n"
	var f actions.Facts
	if err := parsePeers(text, &f); err != nil {
		t.Fatal(err)
	}
	same(t, f.Peers, []actions.Peer{
		{Port: 22, Address: "192.0.2.9", Count: 1},
		{Port: 22, Address: "2001:db8::1", Count: 1},
		{Port: 22, Address: "fe80::1", Count: 1},
		{Port: 443, Address: "198.51.100.7", Count: 9},
		{Port: 443, Address: "192.0.2.9", Count: 3},
	})
}

// That nobody is connected is told by an empty list, not by none.
func TestNoPeers(t *testing.T) {
	facts := parse(mark, framed(actions.SectionPeers, "", "", 0), "cut")
	if _, _, missing := facts.Missing(actions.SectionPeers); missing || facts.Peers == nil || len(facts.Peers) > 0 {
		t.Errorf("peers %v, absent %v", facts.Peers, facts.Absent)
	}
}

func TestPeersThatAreNotUnderstood(t *testing.T) {
	var many strings.Builder
	for n := range actions.MostPeers + 1 {
		fmt.Fprintf(&many, "22\t10.0.%d.%d\t1\n", n/256, n%256)
	}
	for text, want := range map[string]string{
		"22\tweb-1\t1\n":         "the list of connections has a line that is not understood: 22 web-1 1",
		"0\t10.0.0.1\t1\n":       "the list of connections has a line that is not understood: 0 10.0.0.1 1",
		"22\t10.0.0.1\t-1\n":     "the list of connections has a line that is not understood: 22 10.0.0.1 -1",
		"22 10.0.0.1 1\n":        "the list of connections has a line that is not understood: 22 10.0.0.1 1",
		many.String():            "there are more than 500 peers, and no more were asked for",
		"65536\t10.0.0.1\t1\n\n": "the list of connections has a line that is not understood: 65536 10.0.0.1 1",
	} {
		facts := parse(mark, framed(actions.SectionPeers, text, "", 0), "cut")
		if got := facts.Absent[actions.SectionPeers]; got != want || facts.Peers != nil {
			t.Errorf("%.30q: absent because %q, want %q; peers %v", text, got, want, facts.Peers)
		}
	}
}
