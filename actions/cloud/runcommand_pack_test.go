package cloud

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// No text of an order is larger than Systems Manager takes, or has anything in
// it that it would put a parameter for.
func TestOrderFits(t *testing.T) {
	for _, size := range []int{0, 1, 10_000, 300_000} {
		var b strings.Builder
		for n := 0; b.Len() < size; n++ { // hardly packs
			b.WriteString(strconv.Itoa(n*n%7919) + "{{ssm:x}}\n")
		}
		o := order{dir: "/it's here", id: "X", patience: time.Minute, command: "echo {{x}}", keep: 1 << 20}
		texts, err := o.texts(b.String())
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range append(texts, o.fetch(1<<20), o.forget()) {
			if len(text) > maxText || strings.Contains(text, "{{") {
				t.Errorf("a text for %d bytes has %d, or braces in it", size, len(text))
			}
		}
	}
	if _, err := (order{}).texts(strings.Repeat("x", maxStdin+1)); err == nil {
		t.Error("a script without bounds is taken")
	}
}

// FuzzParseResult: whatever a host answers, it is a result within its bounds or
// none.
func FuzzParseResult(f *testing.F) {
	packed := pack("outerr")
	for _, seed := range []string{
		"", "hardenbot", "hardenbot lost", "hardenbot broken there is no gzip on the host", "hardenbot running\n",
		"hardenbot ended 7 3 3 no " + strconv.Itoa(len(packed)) + "\n" + packed,
		"hardenbot ended 0 0 6 flood 90000\n" + packed, "hardenbot ended 0 5 3 no 99\n" + packed,
		"hardenbot ended 256 0 0 no 0\n", "hardenbot ended -1 0 0 no 0\n", "hardenbot ended 0 99999999999999999999 0 no 0\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		r, err := parseResult(answer)
		if err != nil {
			return
		}
		if r.exit < 0 || r.exit > 255 || r.size < 0 || len(r.packed) > r.size || len(r.why) > 800 || strings.ContainsAny(r.why, "\n\x1b") {
			t.Errorf("%q is read as %+v", answer, r)
		}
		out, err := r.unpack(1000)
		if err == nil && (len(out.Stdout) != r.stdout || len(out.Stderr) != r.stderr || len(out.Stdout) > 1000) {
			t.Errorf("%q has %d and %d bytes", answer, len(out.Stdout), len(out.Stderr))
		}
	})
}
