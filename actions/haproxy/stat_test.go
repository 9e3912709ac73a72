package haproxy

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// head is a header with the columns that are read, and one that is not.
const head = "# pxname,svname,qcur,scur,status,weight,bck,type,check_status,addr,\n"

func TestParse(t *testing.T) {
	at := netip.MustParseAddrPort
	for _, test := range []struct {
		name, answer string
		want         []server
		err          string
	}{
		{name: "a server", answer: head + "app,web-1,1,2,UP,1,0,2,L7OK,10.7.1.10:80,\n",
			want: []server{{backend: "app", name: "web-1", addr: at("10.7.1.10:80"), status: "UP", located: true, check: "L7OK", sessions: 2, queued: 1}}},
		{name: "a backup by IPv6", answer: head + "app,b,0,0,DOWN 1/2,1,1,2,* L4CON,[2001:db8::1]:8080,\n",
			want: []server{{backend: "app", name: "b", addr: at("[2001:db8::1]:8080"), status: "DOWN 1/2", check: "* L4CON", backup: true, located: true}}},
		{name: "IPv4 in IPv6", answer: head + "app,b,0,0,no check,1,0,2,,[::ffff:10.7.1.10]:80,\n",
			want: []server{{backend: "app", name: "b", addr: at("10.7.1.10:80"), status: "no check", located: true}}},
		{name: "by a socket", answer: head + "app,b,0,0,no check,1,0,2,,unix,\n", want: []server{{backend: "app", name: "b", status: "no check", located: true}}},
		{name: "no server", answer: head + "app,BACKEND,0,0,UP,1,0,1,,,\nwww,FRONTEND,,0,OPEN,,,0,,,\n"},
		{name: "nothing", err: "it is no table: EOF"},
		{name: "another answer", answer: "Unknown command, but maybe\n", err: "it has no column # pxname"},
		{name: "too short a row", answer: head + "app,web-1\n", err: "it is no table: record on line 2: wrong number of fields"},
		{name: "no number", answer: head + "app,web-1,0,-1,UP,1,0,2,L7OK,10.7.1.10:80,\n", err: "scur of app/web-1 is no number"},
		{name: "too many", answer: head + "app,web-1,0,4294967296,UP,1,0,2,L7OK,10.7.1.10:80,\n", err: "scur of app/web-1 is no number"},
		{name: "a name that is a command", answer: head + `app,"web-1;shutdown",0,0,UP,1,0,2,L7OK,10.7.1.10:80,` + "\n", err: `"app"/"web-1;shutdown" is no server's name`},
	} {
		got, err := parse(strings.NewReader(test.answer))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
		if (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: error %v, want %q", test.name, err, test.err)
		}
	}
}

// TestParseReal reads what HAProxy 2.6 says.
func TestParseReal(t *testing.T) {
	file, err := os.Open(filepath.Join("testdata", "stat-2.6.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	servers, err := parse(file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range servers {
		got = append(got, s.String()+" "+s.addr.String()+" "+s.status+" "+s.check)
	}
	want := []string{
		"app/web-1 10.7.1.10:8080 UP L7OK", "app/web-2 10.7.1.11:8080 UP L7OK", "app/web-3 [2001:db8::1]:8080 MAINT ",
		"app/t1 invalid AddrPort MAINT (resolution) ", "app/t2 invalid AddrPort MAINT (resolution) ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStates(t *testing.T) {
	for _, test := range []struct {
		status, check       string
		out, serves, proven bool
	}{
		{"UP", "L7OK", false, true, true},
		{"UP", "* L7OK", false, true, false},
		{"UP 1/3", "L7OK", false, false, false},
		{"no check", "", false, true, true},
		{"DOWN", "L4CON", false, false, false},
		{"DOWN 1/2", "L7OK", false, false, false},
		{"NOLB", "L7OK", false, false, false},
		{"DRAIN", "L7OK", true, false, false},
		{"DRAIN (agent)", "L7OK", true, false, false},
		{"MAINT", "", true, false, false},
		{"MAINT (via app/web-1)", "", true, false, false},
		{"", "", false, false, false},
	} {
		s := server{status: test.status, check: test.check}
		if s.out() != test.out || s.serves() != test.serves || (s.unready() == "") != test.proven || (s.unserved() == "") != test.serves {
			t.Errorf("%s, %s: out %t, serves %t, not ready %q", test.status, test.check, s.out(), s.serves(), s.unready())
		}
	}
}

func FuzzParse(f *testing.F) {
	real, err := os.ReadFile(filepath.Join("testdata", "stat-2.6.csv"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(real))
	for _, row := range []string{
		"app,web-1,1,2,UP,1,0,2,L7OK,10.7.1.10:80,\n", "app,web-1,0,0,MAINT,1,0,2,,\"[2001:db8::1]:80\",\n",
		"app,\"a\nb\",0,0,UP,1,0,2,,,\n", "app,web-1;x,0,0,UP,1,0,2,,,\n", "www,FRONTEND,,,OPEN,,,0,,,\n", "app,web-1,99999999999,0,UP,1,0,2,,,\n",
	} {
		f.Add(head + row)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		servers, err := parse(strings.NewReader(answer))
		if err != nil && len(servers) > 0 {
			t.Error("servers of a table that is none")
		}
		for _, s := range servers {
			if !plain.MatchString(s.backend) || !plain.MatchString(s.name) || strings.ContainsAny(s.String(), " ;\n<") {
				t.Errorf("name %q", s)
			}
			if s.sessions < 0 || s.queued < 0 || len(s.status) > 100 || len(s.check) > 100 || strings.ContainsAny(s.status+s.check, "\n\r\x1b") {
				t.Errorf("%+v", s)
			}
		}
	})
}
