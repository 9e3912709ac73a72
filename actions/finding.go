package actions

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

// Status tells an open finding from a question that could not be answered, and
// from one that people have accepted.
type Status string

// A finding is open, could not be checked, or is open and waived. There is no
// "passed": what is sound gives no finding.
const (
	Open       Status = "open"
	NotChecked Status = "not_checked"
	Waived     Status = "waived"
)

// Finding is one weakness on one host.
type Finding struct {
	ID       string   `json:"id"` // stable: the same for the same remedy, host and subject
	Remedy   string   `json:"remedy"`
	Layer    Layer    `json:"layer"`
	Priority int      `json:"priority"` // 1 is the most urgent of its scan
	Host     string   `json:"host"`
	Subject  string   `json:"subject,omitempty"`
	Title    string   `json:"title"`
	Evidence []string `json:"evidence"` // for not_checked: the reason
	Status   Status   `json:"status"`

	Waiver *WaivedBy `json:"waiver,omitempty"` // of a waived one

	Rank   int `json:"rank,omitempty"`   // of the remedy within its layer, 1 first
	Within int `json:"within,omitempty"` // order among the remedy's own findings, lower is more urgent
}

// Examine runs every check of the catalogue over the facts of one host.
// Remedies whose facts are missing give a finding that is not checked.
func Examine(f *Facts, catalogue []Remedy) []Finding {
	var found []Finding
	for _, r := range catalogue {
		if section, why, missing := f.Missing(r.Needs...); missing {
			e := Evidence{Says: []string{"not checked: " + string(section) + " could not be read: " + why}}
			found = append(found, r.finding(f.Host.Name, e, NotChecked))
			continue
		}
		for _, e := range r.Check(f) {
			status := Open
			if e.Unchecked {
				status = NotChecked
			}
			found = append(found, r.finding(f.Host.Name, e, status))
		}
	}
	return found
}

func (r Remedy) finding(host string, e Evidence, status Status) Finding {
	return Finding{
		ID:     FindingID(r.ID, host, e.Subject),
		Remedy: r.ID, Layer: r.Layer, Host: host, Subject: e.Subject,
		Title: cmp.Or(e.Title, r.Title), Evidence: e.Says, Status: status,
		Rank: r.Rank, Within: e.Rank,
	}
}

// answers reports whether the finding says something about the subject. A
// remedy whose facts are missing answers for all of its subjects.
func (f Finding) answers(subject string) bool {
	return f.Subject == subject || f.Subject == "" && f.Status == NotChecked
}

// FindingID derives the id that the finding keeps from scan to scan.
func FindingID(remedy, host, subject string) string {
	sum := sha256.Sum256([]byte(remedy + "\x00" + host + "\x00" + subject))
	return "F-" + readable.EncodeToString(sum[:5])
}

// Prioritise sorts findings into the order in which they should be mended and
// numbers them from 1: what is open before what could not be checked and what
// is waived, then exposure, access, patch, prevention, then by rank in the layer, by rank
// within the remedy, by subject and by host.
func Prioritise(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(statusOrder(a.Status), statusOrder(b.Status)),
			cmp.Compare(a.Layer.Order(), b.Layer.Order()),
			cmp.Compare(a.Rank, b.Rank),
			cmp.Compare(a.Remedy, b.Remedy),
			cmp.Compare(a.Within, b.Within),
			cmp.Compare(a.Subject, b.Subject),
			NaturalCompare(a.Host, b.Host),
		)
	})
	for i := range findings {
		findings[i].Priority = i + 1
	}
}

func statusOrder(s Status) int {
	switch s {
	case Open:
		return 0
	case Waived:
		return 2
	}
	return 1
}

// Group is the findings that are one question across hosts: the same remedy,
// subject, title and status.
type Group struct {
	Remedy  string
	Layer   Layer
	Subject string
	Title   string
	Status  Status
	Members []Finding // in order of host
}

// Hosts returns the names of the group's hosts in order.
func (g Group) Hosts() []string {
	names := make([]string, len(g.Members))
	for i, f := range g.Members {
		names[i] = f.Host
	}
	return names
}

// Grouped folds prioritised findings into groups and keeps their order.
func Grouped(findings []Finding) []Group {
	type key struct {
		remedy, subject, title string
		status                 Status
	}
	at := map[key]int{}
	var groups []Group
	for _, f := range findings {
		k := key{f.Remedy, f.Subject, f.Title, f.Status}
		i, seen := at[k]
		if !seen {
			i = len(groups)
			at[k] = i
			groups = append(groups, Group{Remedy: f.Remedy, Layer: f.Layer, Subject: f.Subject, Title: f.Title, Status: f.Status})
		}
		groups[i].Members = append(groups[i].Members, f)
	}
	return groups
}

// NaturalCompare orders names so that web-2 comes before web-10.
func NaturalCompare(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da > 0 && db > 0 {
			if c := compareNumbers(a[:da], b[:db]); c != 0 {
				return c
			}
			a, b = a[da:], b[db:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// compareNumbers compares digit strings by value, without overflow.
func compareNumbers(a, b string) int {
	trim := func(s string) string {
		for len(s) > 1 && s[0] == '0' {
			s = s[1:]
		}
		return s
	}
	x, y := trim(a), trim(b)
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y), cmp.Compare(len(a), len(b)))
}
