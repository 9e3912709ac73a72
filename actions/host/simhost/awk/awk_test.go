package awk

import (
	"io"
	"os"
	"strings"
	"testing"
)

func TestPrograms(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/bash\nops:x:1000:1000::/home/ops:/bin/sh\n"
	for name, c := range map[string]struct{ program, in, want string }{
		"fields":        {`{ print $2, NF, NR }`, "a b\nc d e\n", "b 2 1\nd 3 2\n"},
		"rules":         {`/b/; $1 == "c" { print "C" }`, "a b\nc\n", "a b\nC\n"},
		"numbers":       {`$1 > 9 { print $1 + 1 }`, "10\n9\n", "11\n"},
		"text":          {`$1 > "9" { print }`, "10\n9a\n", "9a\n"},
		"arrays":        {`{ n[$1]++ } END { for (k in n) print k, n[k] }`, "b\na\nb\n", "a 1\nb 2\n"},
		"keys":          {`seen[$1, $2]++ { next } { print } END { if (("a", "b") in seen) print "in" }`, "a b\na b\n", "a b\nin\n"},
		"function":      {"function f(a,   i, t) { for (i = 1; i <= 3; i++) t[i] = a i\n return t[2] }\nBEGIN { print f(\"x\"), i }", "", "x2 \n"},
		"recursion":     {`function f(n) { return n <= 1 ? 1 : n * f(n - 1) } BEGIN { print f(5) }`, "", "120\n"},
		"sub":           {`{ sub(/^[ \t]+/, ""); gsub(/o/, "[&]"); print }`, "  foo\n", "f[o][o]\n"},
		"match":         {`match($0, /%./) { print substr($0, RSTART + 1, 1), substr($0, 1, RSTART - 1) "|" substr($0, RSTART + 2) }`, "a%hb\n", "h a|b\n"},
		"split":         {`{ n = split($0, w, /[ =]+/); print n, w[1], w[n] }`, "a = b\n", "2 a b\n"},
		"getline":       {`BEGIN { while ((getline line <"passwd") > 0) { split(line, f, ":"); print f[1] } close("passwd") }`, "", "root\nops\n"},
		"no file":       {`BEGIN { print (getline line <"absent") }`, "", "-1\n"},
		"command":       {`BEGIN { c = "ls x"; while ((c | getline f) > 0) print "<" f ">"; close(c) }`, "", "<ls x>\n"},
		"printf":        {`BEGIN { printf "%s\t%d\t%%\n", "a", "3x" }`, "", "a\t3\t%\n"},
		"ternary":       {`{ print ($3 ~ /^\[/ ? "upgrade" : "install"), $2 }`, "Inst a [1]\n", "upgrade a\n"},
		"record":        {`{ $0 = "x y"; print $2; gsub(/[="]/, " "); $1 = "z"; print }`, "a\n", "y\nz y\n"},
		"else":          {"{ if ($1) { print \"t\" }\n else print \"f\" }", "0\n1\n", "f\nt\n"},
		"regexp in set": {`/^[^/]*x/ { print "no slash" }`, "a/x\nax\n", "no slash\n"},
		"loop":          {`BEGIN { for (;;) { if (i++ > 3) break; if (i == 2) continue; printf "%d", i } }`, "", "134"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			status, err := Run(c.program, Config{
				Stdin: strings.NewReader(c.in), Stdout: &out,
				Open: func(name string) (io.ReadCloser, error) {
					if name != "passwd" {
						return nil, os.ErrNotExist
					}
					return io.NopCloser(strings.NewReader(passwd)), nil
				},
				Command: func(line string) string { return line + "\n" },
			})
			if err != nil || status != 0 || out.String() != c.want {
				t.Errorf("%q, status %d, error %v; want %q", out.String(), status, err, c.want)
			}
		})
	}
}

func TestExitRunsEnd(t *testing.T) {
	var out strings.Builder
	status, err := Run(`$1 == "b" { exit 3 } END { print NR; exit !found }`, Config{Stdin: strings.NewReader("a\nb\nc\n"), Stdout: &out})
	if status != 1 || err != nil || out.String() != "2\n" {
		t.Errorf("status %d, error %v, %q", status, err, out.String())
	}
}

func TestUnknownIsRefused(t *testing.T) {
	for _, program := range []string{`{ print > "file" }`, `BEGIN { system("id") }`, `{ print | "sh" }`, `{`, `BEGIN { f(1) }`, `/a`} {
		if _, err := parse(program); err == nil {
			t.Errorf("%s was accepted", program)
		}
	}
}

func TestEndedInTheMiddle(t *testing.T) {
	turns := 0
	ended := func() bool { turns++; return turns > 100 }
	status, err := Run(`BEGIN { while (1) x++ }`, Config{Stdin: strings.NewReader(""), Stdout: io.Discard, Ended: ended})
	if status != 2 || err != nil {
		t.Errorf("status %d, error %v", status, err)
	}
}

// No text makes the parser or the machine fail in another way than by an error.
func FuzzRun(f *testing.F) {
	for _, program := range []string{`{ print $2 }`, `/a/ { n[$1]++ } END { for (k in n) print k }`, `function f(a) { return a + 1 } BEGIN { print f(1) }`,
		`BEGIN { while ((getline l <"x") > 0) print l }`, `{ gsub(/[^a]/, "&\\&"); printf "%5s|%d\n", $1, NF }`, `$1 == "a", $2`, `BEGIN { for (;;) if (i++ > 3) exit }`} {
		f.Add(program, "a b\nc\n")
	}
	f.Fuzz(func(t *testing.T, program, input string) {
		turns := 0
		_, _ = Run(program, Config{
			Stdin: strings.NewReader(input), Stdout: io.Discard, Command: func(string) string { return "" },
			Open:  func(string) (io.ReadCloser, error) { return nil, os.ErrNotExist },
			Ended: func() bool { turns++; return turns > 1000 },
		})
	})
}
