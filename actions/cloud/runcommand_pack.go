package cloud

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed" // the scripts
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/host"
)

//go:embed runcommand.sh
var runCommandScript string

//go:embed runcommand_work.sh
var runCommandWork string

// Limits. Systems Manager takes 64 KiB of a document together with what its
// parameters hold at run time (API reference, CreateDocument), and shows the
// first 24,000 characters of the output (GetCommandInvocation).
const (
	maxText   = 40_000 // of one command, in bytes; the document and what JSON escapes have the rest
	maxAnswer = 23_500 // of packed output in one answer; the first line has the rest
	maxStdin  = 4 << 20
	keepError = 64 << 10 // of standard error, as over SSH
	flood     = 64 << 20 // bytes beyond what is kept, as over SSH
)

func (r *RunCommand) dir() string { return cmp.Or(r.Dir, "/var/lib/hardenbot-ssm") }

// order is one command in the form in which it is sent. Everything from outside
// is in it as base64, which also keeps {{…}} away: Systems Manager would put
// parameters there.
type order struct {
	dir, id  string
	patience time.Duration
	command  string
	keep     int
}

// texts returns the scripts to run, one after the other.
func (o order) texts(stdin string) ([]string, error) {
	if len(stdin) > maxStdin {
		return nil, fmt.Errorf("a script of %d bytes is too long to be sent", len(stdin))
	}
	packed := pack(stdin)
	here := "line() {\ncat <<'HARDENBOT'\n" + base64.StdEncoding.EncodeToString([]byte(o.command)) + "\nHARDENBOT\n}\n" +
		"work() {\ncat <<'HARDENBOT'\n" + runCommandWork + "HARDENBOT\n}\n" +
		fmt.Sprintf("keep=%d\nflood=%d\n", o.keep, flood)
	if whole := o.text("run", here+input(packed)); len(whole) <= maxText {
		return []string{whole}, nil
	}
	var texts []string
	for n := 1; packed != ""; n++ {
		part := packed[:min(len(packed), maxText/2)]
		packed = packed[len(part):]
		texts = append(texts, o.text("put", fmt.Sprintf("part=%05d\n", n)+input(part)))
	}
	return append(texts, o.text("run", here+"input() { cat \"$root/in.$id\"/*; }\n")), nil
}

func input(packed string) string {
	return "input() {\ncat <<'HARDENBOT'\n" + packed + "\nHARDENBOT\n}\n"
}

func (o order) fetch(from int) string { return o.text("fetch", fmt.Sprintf("from=%d\n", from)) }

func (o order) forget() string { return o.text("forget", "") }

func (o order) text(mode, more string) string {
	return fmt.Sprintf("root='%s'\nid=%s\nmode=%s\nfrom=0\nmost=%d\npatience=%s\n", strings.ReplaceAll(o.dir, "'", `'\''`), o.id, mode, maxAnswer, seconds(o.patience)) +
		more + runCommandScript
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func pack(s string) string {
	var b bytes.Buffer
	to := base64.NewEncoder(base64.StdEncoding, &b)
	z := gzip.NewWriter(to)
	_, _ = io.WriteString(z, s) // a buffer takes everything
	_, _ = z.Close(), to.Close()
	return b.String()
}

// result is the answer of runcommand.sh.
type result struct {
	word           string // "ended", "kept", "forgotten", "running", "lost" or "broken"
	why            string // of broken, cleaned
	exit           int
	stdout, stderr int // bytes
	flooded        bool
	size           int    // of the whole packed output
	packed         string // as much of it as has come
}

var errAnswer = errors.New("no answer of runcommand.sh")

// parseResult reads an answer. The host is not trusted: whatever it says, the
// numbers are bounded.
func parseResult(answer string) (result, error) {
	head, packed, _ := strings.Cut(answer, "\n")
	words := strings.Fields(head)
	if len(words) < 2 || words[0] != "hardenbot" {
		return result{}, errAnswer
	}
	r := result{word: words[1]}
	switch {
	case r.word == "broken":
		r.why = actions.Line(strings.Join(words[2:], " "), 200)
	case r.word == "ended" && len(words) == 7:
		r.flooded, r.packed = words[5] == "flood", packed
		for i, to := range map[int]*int{2: &r.exit, 3: &r.stdout, 4: &r.stderr, 6: &r.size} {
			n, err := strconv.ParseUint(words[i], 10, 31)
			if err != nil {
				return result{}, errAnswer
			}
			*to = int(n)
		}
		if r.exit > 255 || len(packed) > maxAnswer || len(packed) > r.size {
			return result{}, errAnswer
		}
	case r.word == "ended" || r.word != "kept" && r.word != "forgotten" && r.word != "running" && r.word != "lost":
		return result{}, errAnswer
	}
	return r, nil
}

// unpack divides the packed output into its streams.
func (r result) unpack(keep int) (host.Output, error) {
	if r.word != "ended" || r.stdout > keep || r.stderr > keepError {
		return host.Output{}, errAnswer
	}
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(r.packed)))
	if err != nil {
		return host.Output{}, err
	}
	// One byte more than was said tells a host that sends more; reading to the
	// end checks the sum.
	raw, err := io.ReadAll(io.LimitReader(z, int64(r.stdout+r.stderr)+1))
	if err != nil {
		return host.Output{}, err
	}
	if len(raw) != r.stdout+r.stderr {
		return host.Output{}, errAnswer
	}
	return host.Output{Exit: r.exit, Stdout: raw[:r.stdout], Stderr: raw[r.stdout:]}, nil
}
