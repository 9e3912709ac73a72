package remedies_test

import "testing"

// Why apt failed is said where errors are looked for.
func TestAptSaysWhyItFailed(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.write("bin/apt-get", `#!/bin/sh
echo "Reading package lists..."
echo "dpkg: error processing package openssl (--configure):"
echo "E: Sub-process /usr/bin/dpkg returned an error code (1)" >&2
exit "$(cat "$D/exit")"
`, 0o755)
		const call = `apt_to_the_end install openssl >"$D/stdout" 2>"$D/stderr" && echo ended well || echo "ended with $?"`
		for exit, want := range map[string][2]string{
			"100": {"ended with 100", "dpkg: error processing package openssl (--configure):\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n"},
			"0":   {"ended well", ""},
		} {
			b.write("exit", exit, 0o644)
			if got := b.ok(call); got != want[0] {
				t.Errorf("it %s, want %s", got, want[0])
			}
			if got := b.read("stderr"); got != want[1] {
				t.Errorf("to stderr it printed %q, want %q", got, want[1])
			}
			if b.read("stdout") != b.read("state/apt.log") || b.read("stdout") == "" {
				t.Errorf("to stdout it printed %q", b.read("stdout"))
			}
		}
		b.write("bin/apt-get", "#!/bin/sh\necho quiet\nexit 7\n", 0o755)
		if got := b.ok(call); got != "ended with 7" || b.read("stderr") != "" {
			t.Errorf("without errors in its words it %s, and printed %q", got, b.read("stderr"))
		}
	})
}
