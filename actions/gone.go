package actions

import "time"

// Outcome is what a run has proven about a finding: that it is gone, or, after
// an undo, that it is back.
type Outcome struct {
	Finding string // its id
	At      time.Time
	Gone    bool
}

// Outcomes returns what a run of the plan has proven, host by host.
func Outcomes(run Run, plan Plan) []Outcome {
	var all []Outcome
	for _, h := range run.Hosts {
		if h.State.Good() && h.In == "" {
			all = append(all, Outcome{FindingID(plan.Remedy, h.Host, plan.Subject), h.Since, plan.Undoes == ""})
		}
	}
	return all
}

// Gone returns which of the scan's findings were seen to be gone since, by id,
// and when: by the newest scan of their host, or by a run after it. Where that
// scan could not look, a finding is not gone.
func Gone(scan Scan, known []Known, outcomes []Outcome) map[string]time.Time {
	newest := map[string]Known{}
	for _, k := range known {
		newest[k.Host.Name] = k
	}
	last := map[string]Outcome{}
	for _, o := range outcomes {
		if o.At.After(scan.Finished) && !o.At.Before(last[o.Finding].At) {
			last[o.Finding] = o
		}
	}
	gone := map[string]time.Time{}
	for _, f := range scan.Findings {
		k, o := newest[f.Host], last[f.ID]
		looked := k.At.After(scan.Finished) && (k.Host.Status == Scanned || k.Host.Status == Partial)
		switch {
		case f.Status == NotChecked:
		case !o.At.IsZero() && (!looked || o.At.After(k.At)):
			if o.Gone {
				gone[f.ID] = o.At
			}
		case looked && !k.answers(f):
			gone[f.ID] = k.At
		}
	}
	return gone
}

// answers reports whether the host still has the finding, or nobody could tell.
func (k Known) answers(f Finding) bool {
	for _, now := range k.Findings {
		if now.Remedy == f.Remedy && now.answers(f.Subject) {
			return true
		}
	}
	return false
}
