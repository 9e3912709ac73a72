package remedies

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// sshMaxAuthTries bounds how much guessing sshd puts up with: tries in one
// connection, connections that have not logged in, and how long they may last.
var sshMaxAuthTries = actions.Remedy{
	ID:         "ssh-max-auth-tries",
	Title:      "sshd allows much guessing",
	Why:        "Each further try, and each connection that waits without a login, is a free guess or a slot taken from others",
	Layer:      actions.Access,
	Rank:       3,
	References: []string{"CIS Ubuntu 24.04 5.1.13, 5.1.16, 5.1.18", "dev-sec sshd-18, sshd-19, sshd-21"},
	Needs:      []actions.Section{actions.SectionSSHD},
	Check:      checkMaxAuthTries,
	Plan:       planMaxAuthTries,
}

// guess is one bound: what is too much, and what to set instead.
type guess struct {
	setting
	bound string
	weak  func(string) bool
}

// guessing lists the bounds. Of tries, CIS allows at most 4 and the fix sets 3;
// where the configuration declares another number, that is set, and what is
// above both is a finding.
func guessing(f *actions.Facts) []guess {
	tries := cmp.Or(f.Host.Declared.MaxAuthTries, 3)
	most := max(4, tries)
	return []guess{
		{setting{"MaxAuthTries", strconv.Itoa(tries), upTo(most)}, fmt.Sprintf("more than %d", most), outside(1, most)},
		{setting{"LoginGraceTime", "60", "[1-9]|[1-5][0-9]|60"}, "not within 1 to 60 seconds", outside(1, 60)},
		{setting{"MaxStartups", "10:30:60", "10:30:60"}, "more than 10:30:60", wideStartups},
	}
}

// upTo is the choice of the numbers from 1 to n: "1|2|3".
func upTo(n int) string {
	choice := make([]string, n)
	for i := range choice {
		choice[i] = strconv.Itoa(i + 1)
	}
	return strings.Join(choice, "|")
}

func checkMaxAuthTries(f *actions.Facts) []actions.Evidence {
	var says []string
	for _, g := range guessing(f) {
		keyword := strings.ToLower(g.Keyword)
		if v := f.SSHD.Global[keyword]; g.weak(v) {
			says = append(says, fmt.Sprintf("%s is %s, %s", g.Keyword, v, g.bound))
			continue
		}
		for _, user := range f.SSHD.Users() {
			if v := f.SSHD.PerUser[user][keyword]; g.weak(v) {
				says = append(says, fmt.Sprintf("a Match block makes %s %s for %s, %s", g.Keyword, v, user, g.bound))
			}
		}
	}
	if len(says) == 0 {
		return nil
	}
	return []actions.Evidence{{Says: says}}
}

// planMaxAuthTries sets only what is too weak: our file is read first, so a
// line in it would loosen what an engineer has set more strictly elsewhere.
func planMaxAuthTries(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	d := dropIn{Remedy: "ssh-max-auth-tries", Users: f.SSHD.Users()}
	for _, g := range guessing(f) {
		if g.weak(f.SSHD.Global[strings.ToLower(g.Keyword)]) || d.sets(f, g.Keyword) {
			d.Settings = append(d.Settings, g.setting)
		}
	}
	if len(d.Settings) == 0 {
		return actions.Change{}, fmt.Errorf("only a Match block in sshd's configuration allows more, which a drop-in cannot change: edit it by hand")
	}
	c, err := d.change(f)
	if err != nil {
		return actions.Change{}, err
	}
	c.Notes = append([]string{"a client that offers many keys runs out of tries: it must set `IdentitiesOnly yes` and name its IdentityFile"}, c.Notes...)
	c.Guards = append([]actions.Need{{Guard: "key-login"}}, c.Guards...)
	return c, nil
}

// outside reports values that are no whole number from low to high.
func outside(low, high int) func(string) bool {
	return func(v string) bool {
		n, err := strconv.Atoi(v)
		return err != nil || n < low || n > high
	}
}

// wideStartups reports a MaxStartups (start:rate:full, sshd_config(5)) that
// lets in more than 10:30:60: refusing starts later, is less likely, or ends later.
func wideStartups(v string) bool {
	part := strings.Split(v, ":")
	return len(part) != 3 || outside(1, 10)(part[0]) || outside(30, 100)(part[1]) || outside(1, 60)(part[2])
}
