package actions

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Waiver says that a weakness is accepted on some hosts for a time. What it
// covers is still looked for and still shown, as waived.
type Waiver struct {
	ID string `json:"id"` // "W-7g2kd0xw"
	WaiverRequest
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`   // by when it has to be decided
	Approvals int       `json:"approvals"` // how many are needed
	Digest    string    `json:"digest"`    // over all that is approved: see digest

	// Addresses are where the hosts were when it was asked for, by their names. It
	// does not cover another machine that has got a name since.
	Addresses map[string]string `json:"addresses,omitempty"`

	State   WaiverState `json:"state"`
	Decided []Decision  `json:"decided,omitempty"`
	EndedBy *Person     `json:"ended_by,omitempty"` // who ended or withdrew it, if somebody did
	EndedAt time.Time   `json:"ended_at,omitzero"`
	Warned  bool        `json:"warned,omitempty"` // that it ends soon
}

// WaiverRequest is what somebody asks to have accepted.
type WaiverRequest struct {
	Remedy  string `json:"remedy"`
	Subject string `json:"subject,omitempty"`
	Whole   bool   `json:"whole,omitempty"` // whatever the remedy finds, and not this subject alone
	Title   string `json:"title"`

	// Within is how urgent the finding was that is accepted (Finding.Within). If it
	// becomes more urgent, it is another one than people have seen. For Whole it
	// does not matter.
	Within int `json:"within,omitempty"`

	Hosts  []string  `json:"hosts"` // their exact names
	Owner  Person    `json:"owner"` // who answers for it
	Reason string    `json:"reason"`
	Until  time.Time `json:"until"`

	Requester Person `json:"requester"`
	Channel   string `json:"channel"`
}

// WaiverState is where a waiver stands.
type WaiverState string

// A waiver waits until it is decided. One that was approved holds until it ends.
const (
	WaiverWaiting   WaiverState = "waiting"
	WaiverApproved  WaiverState = "approved"
	WaiverDenied    WaiverState = "denied"
	WaiverWithdrawn WaiverState = "withdrawn" // by its requester
	WaiverLapsed    WaiverState = "lapsed"    // nobody decided in time
	WaiverEnded     WaiverState = "ended"     // its time is up, or somebody ended it
)

// The bounds of a request: characters of its reason, and how far away its end
// may be. A year can have 366 days, and the end stands at noon.
const (
	MinReason = 3
	MaxReason = 1000
	MaxWaiver = 367 * 24 * time.Hour
)

// Faults says what is wrong with the parts of a request, a sentence by each
// part's name: hosts, owner, reason, until. It is empty if nothing is.
func (r WaiverRequest) Faults(now time.Time) map[string]string {
	faults := map[string]string{}
	if len(r.Hosts) == 0 || slices.Contains(r.Hosts, "") {
		faults["hosts"] = "Choose at least one host."
	}
	if r.Owner.ID == "" {
		faults["owner"] = "Choose who answers for it."
	}
	switch n := utf8.RuneCountInString(strings.TrimSpace(r.Reason)); {
	case n < MinReason:
		faults["reason"] = "Say why this is accepted: whoever approves has to understand it."
	case n > MaxReason:
		faults["reason"] = "Say it in at most 1000 characters."
	}
	switch left := r.Until.Sub(now); {
	case left <= 0:
		faults["until"] = "Choose a day in the future."
	case left > MaxWaiver:
		faults["until"] = "Choose a day at most a year away; a waiver can be asked for again."
	}
	return faults
}

// digest covers everything that people approve, and nothing that changes afterwards.
func (w Waiver) digest() string {
	w.Digest, w.State, w.Decided, w.EndedBy, w.EndedAt, w.Warned = "", "", nil, nil, time.Time{}, false
	return Digest(w)
}

// Intact reports whether the waiver still is what its digest was taken of.
func (w Waiver) Intact() bool { return w.Digest == w.digest() }

// Standing is the waiver's state at that moment: time ends it, whether or not
// that has been written down yet.
func (w Waiver) Standing(now time.Time) WaiverState {
	switch {
	case w.State == WaiverWaiting && !now.Before(w.Expires):
		return WaiverLapsed
	case w.State == WaiverApproved && !now.Before(w.Until):
		return WaiverEnded
	}
	return w.State
}

// covers reports whether the waiver is about the finding on a host at the
// address. What was not checked is no finding that anybody could have accepted.
func (w Waiver) covers(f Finding, address string) bool {
	return f.Status == Open && w.Accepts(f) && slices.Contains(w.Hosts, f.Host) && w.Addresses[f.Host] == address
}

// Accepts reports whether the waiver is about what was found, on whatever host.
func (w Waiver) Accepts(f Finding) bool {
	return f.Remedy == w.Remedy && (w.Whole || f.Subject == w.Subject && f.Within >= w.Within)
}

// WaivedBy tells by which waiver a finding is accepted. Of several it is the one
// that holds longest.
type WaivedBy struct {
	ID    string    `json:"id"`
	Owner Person    `json:"owner"`
	Until time.Time `json:"until"`
}

// waive returns the findings of the hosts with those marked that a waiver covers
// now.
func waive(findings []Finding, hosts []HostScan, waivers []Waiver, now time.Time) []Finding {
	address := map[string]string{}
	for _, h := range hosts {
		address[h.Name] = h.Address
	}
	byRemedy := map[string][]Waiver{}
	for _, w := range waivers {
		if w.Standing(now) == WaiverApproved && w.Intact() {
			byRemedy[w.Remedy] = append(byRemedy[w.Remedy], w)
		}
	}
	marked := slices.Clone(findings)
	for i, f := range marked {
		for _, w := range byRemedy[f.Remedy] {
			if w.covers(f, address[f.Host]) && (marked[i].Waiver == nil || marked[i].Waiver.Until.Before(w.Until)) {
				marked[i].Status, marked[i].Waiver = Waived, &WaivedBy{ID: w.ID, Owner: w.Owner, Until: w.Until}
			}
		}
	}
	return marked
}

// ByUrgency orders waivers: those that wait, those that hold, by which ends
// first, and then what is over, the newest first.
func ByUrgency(now time.Time) func(a, b Waiver) int {
	rank := func(w Waiver) int {
		switch w.Standing(now) {
		case WaiverWaiting:
			return 0
		case WaiverApproved:
			return 1
		}
		return 2
	}
	return func(a, b Waiver) int {
		if rank(a) == 2 && rank(b) == 2 {
			return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID))
	}
}
