package remedies

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hardenbot/actions"
)

const (
	sshdMain    = "/etc/ssh/sshd_config"
	sshdDropIns = "/etc/ssh/sshd_config.d/"
)

// setting is one line of a drop-in. Counts is what sshd has to say afterwards
// (`sshd -T`) for the weakness to be gone: one value or several, as "1|2|3".
type setting struct {
	Keyword string // as sshd_config(5) writes it
	Value   string
	Counts  string
}

// dropIn is a change of sshd's settings: one file in sshd_config.d, named after
// the remedy so that each can be undone alone, and sorted before all others
// because sshd takes the first value that it reads.
type dropIn struct {
	Remedy   string
	Settings []setting
	Users    []string // for whom the result has to count, beside in general
}

func dropInName(remedy string) string { return "00-hardenbot-" + remedy + ".conf" }

func (d dropIn) path() string { return sshdDropIns + dropInName(d.Remedy) }

// change returns the step that writes the drop-in, and the guards that see that
// a reload brings in nothing else and try the drop-in on a copy before. Its errors are sentences for people.
func (d dropIn) change(f *actions.Facts) (actions.Change, error) {
	if err := includeKnown(f.SSHD.Version); err != nil {
		return actions.Change{}, err
	}
	loop, err := d.proof()
	if err != nil {
		return actions.Change{}, err
	}
	c := actions.Change{Guards: []actions.Need{{Guard: "sshd-as-running"}, d.tried(f)}}
	files := `"$dropin"`
	if !f.SSHD.Include {
		files += " " + sshdMain
		c.Notes = append(c.Notes, "the main file "+sshdMain+" does not read drop-ins first, so the line `Include "+
			sshdDropIns+"00-hardenbot-*.conf` is put at its very top")
	}
	c.Steps = []actions.Step{{
		Says:     d.says(f),
		Do:       d.do(f, files) + loop,
		Undo:     d.undo(f),
		UndoSays: d.undoSays(f),
		Lockout:  true,
		Timeout:  30 * time.Second,
	}}
	return c, nil
}

func (d dropIn) content() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by hardenbot (%s).\n", d.Remedy)
	for _, s := range d.Settings {
		b.WriteString(s.Keyword + " " + s.Value + "\n")
	}
	return b.String()
}

// do writes and tests the drop-in and has sshd read it.
func (d dropIn) do(f *actions.Facts, files string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "dropin=%s\n", d.path())
	for file := range strings.FieldsSeq(files) {
		b.WriteString("keep " + file + "\n")
	}
	b.WriteString("put \"$dropin\" 0600 <<'CONF'\n" + d.content() + "CONF\n")
	if !f.SSHD.Include {
		b.WriteString("include_dropins\n")
	}
	b.WriteString("test_sshd " + files + "\nreload_sshd\n")
	return b.String()
}

// proof checks on the host that the result counts, in general and for each user.
func (d dropIn) proof() (string, error) {
	users := "''"
	for _, u := range d.Users {
		if strings.ContainsAny(u, ",\n") {
			return "", fmt.Errorf("sshd cannot be asked what counts for the account %q: mend this one by hand", u)
		}
		word, err := quote(u)
		if err != nil {
			return "", err
		}
		users += " " + word
	}
	want := ""
	for _, s := range d.Settings {
		want += " '" + strings.ToLower(s.Keyword) + " (" + s.Counts + ")'"
	}
	return "for user in " + users + "; do\n\tsshd_counts \"$user\"" + want + "\ndone\n", nil
}

func (d dropIn) undo(f *actions.Facts) string {
	var b strings.Builder
	fmt.Fprintf(&b, "dropin=%s\nwas_kept \"$dropin\" || exit 0\nrestore \"$dropin\"\n", d.path())
	if !f.SSHD.Include {
		b.WriteString("exclude_dropins\n")
	}
	b.WriteString("unload_sshd\n")
	return b.String()
}

// tried is the guard that makes the same change on a copy, and asks sshd.
func (d dropIn) tried(f *actions.Facts) actions.Need {
	args := map[string]string{
		"path": d.path(), "content": d.content(), "include": strconv.FormatBool(!f.SSHD.Include),
		"users": strings.Join(d.Users, "\n"),
	}
	var want []string
	for _, s := range d.Settings {
		want = append(want, strings.ToLower(s.Keyword)+"="+s.Counts)
	}
	args["want"] = strings.Join(want, "\n")
	return actions.Need{Guard: "sshd-valid", Args: args}
}

func (d dropIn) says(f *actions.Facts) string {
	var lines []string
	for _, s := range d.Settings {
		lines = append(lines, "`"+s.Keyword+" "+s.Value+"`")
	}
	says := "Set " + strings.Join(lines, ", ") + " in " + d.path()
	if !f.SSHD.Include {
		says += ", include it at the top of " + sshdMain
	}
	return says + ", and have sshd test and read it; open sessions go on"
}

func (d dropIn) undoSays(f *actions.Facts) string {
	says := "Remove " + d.path()
	if _, ours := f.SSHD.Ours[dropInName(d.Remedy)]; ours {
		says = "Put the earlier " + d.path() + " back"
	}
	if !f.SSHD.Include {
		says += " and, unless later changes need its Include line, put " + sshdMain + " back"
	}
	return says + ", and have sshd read its configuration again"
}

// sets reports whether the remedy's drop-in on the host has the keyword already.
func (d dropIn) sets(f *actions.Facts, keyword string) bool {
	for line := range strings.Lines(f.SSHD.Ours[dropInName(d.Remedy)]) {
		words := strings.Fields(line)
		if len(words) > 0 && strings.EqualFold(words[0], keyword) {
			return true
		}
	}
	return false
}

var openSSH = regexp.MustCompile(`^OpenSSH_(\d{1,3})\.(\d{1,3})`)

// includeKnown refuses versions before 8.2, which cannot read drop-ins
// (https://www.openssh.com/txt/release-8.2). An unknown version is left to the
// guard that tries the change.
func includeKnown(version string) error {
	m := openSSH.FindStringSubmatch(version)
	if m == nil {
		return nil
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if major > 8 || major == 8 && minor >= 2 {
		return nil
	}
	return fmt.Errorf("OpenSSH %d.%d reads no drop-ins (8.2 and later do): upgrade it first", major, minor)
}

// effective returns the settings that count for the user.
func effective(f *actions.Facts, user string) map[string]string {
	if settings, ok := f.SSHD.PerUser[user]; ok {
		return settings
	}
	return f.SSHD.Global
}
