package bot

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// How old what is known is, and what has happened since.

// maxAges bounds how many scans are told apart by their age.
const maxAges = 6

// ages says how old each part of what is known is, the oldest first.
func ages(known []actions.Known, now time.Time) []string {
	scanned := slices.DeleteFunc(slices.Clone(known), func(k actions.Known) bool { return k.Scan == "" })
	slices.SortStableFunc(scanned, func(a, b actions.Known) int { return a.At.Compare(b.At) })
	scans, hosts := fold(scanned,
		func(k actions.Known) string { return k.Scan },
		func(k actions.Known) string { return k.Host.Name })
	said := make([]string, 0, maxAges+1)
	for i, id := range scans[:min(len(scans), maxAges)] {
		at := scanned[slices.IndexFunc(scanned, func(k actions.Known) bool { return k.Scan == id })].At
		said = append(said, fmt.Sprintf("this is no new look: %s as of %s, %s (scan %s)",
			listed(hosts[i], 8), at.UTC().Format("2006-01-02 15:04 UTC"), ago(at, now), id))
	}
	if more := len(scans) - maxAges; more > 0 {
		said = append(said, fmt.Sprintf("the rest is as of %s later", count(more, "scan")))
	}
	return said
}

// scannedAt is when each host was scanned, by its name.
func scannedAt(known []actions.Known) map[string]time.Time {
	at := map[string]time.Time{}
	for _, k := range known {
		if k.Scan != "" {
			at[k.Host.Name] = k.At
		}
	}
	return at
}

// touched returns the hosts that the run has worked on since they were scanned.
func touched(scannedAt map[string]time.Time, run actions.Run) []string {
	var hosts []string
	for _, h := range run.Hosts {
		if scanned, ok := scannedAt[h.Host]; ok && len(h.Steps) > 0 && h.Since.After(scanned) {
			hosts = append(hosts, h.Host)
		}
	}
	return hosts
}

// runsSince returns the runs that have worked on hosts since they were scanned,
// in the order in which they began.
func runsSince(known []actions.Known, runs []actions.Run) []actions.Run {
	at := scannedAt(known)
	since := slices.DeleteFunc(runs, func(run actions.Run) bool { return len(touched(at, run)) == 0 })
	slices.SortStableFunc(since, func(a, b actions.Run) int { return a.Started.Compare(b.Started) })
	return since
}

// recallMended returns what the newest scans know of the hosts, without what
// runs have mended since, and those runs.
func recallMended(r actions.Reader, hosts []actions.Host, now time.Time) ([]actions.Known, []actions.Run, error) {
	known, err := actions.Recall(r, hosts, now)
	if err != nil {
		return nil, nil, err
	}
	runs, err := actions.All[actions.Run](r, actions.KindRun)
	if err != nil {
		return nil, nil, err
	}
	runs = runsSince(known, runs)
	return known, runs, leaveOutMended(r, known, runs)
}

// leaveOutMended takes out the findings that the runs have proven to be gone
// since their host was scanned, and takes in those that an undo has brought back.
func leaveOutMended(r actions.Reader, known []actions.Known, runs []actions.Run) error {
	gone, back := map[string]time.Time{}, map[string]actions.Finding{}
	for _, run := range runs {
		var plan actions.Plan
		if err := r.Get(actions.KindPlan, run.Plan, &plan); err != nil {
			return fmt.Errorf("read the plan of run %s: %w", run.ID, err)
		}
		was, err := undone(r, plan)
		if err != nil {
			return err
		}
		for _, o := range actions.Outcomes(run, plan) {
			delete(gone, o.Finding)
			delete(back, o.Finding)
			if f, ok := was[o.Finding]; ok {
				back[o.Finding] = f
			} else if o.Gone {
				gone[o.Finding] = o.At
			}
		}
	}
	for i, k := range known {
		known[i].Findings = slices.DeleteFunc(k.Findings, func(f actions.Finding) bool {
			delete(back, f.ID) // it is there
			return f.Status != actions.NotChecked && gone[f.ID].After(k.At)
		})
		for _, id := range slices.Sorted(maps.Keys(back)) {
			if f := back[id]; f.Host == k.Host.Name && k.Scan != "" {
				known[i].Findings = append(known[i].Findings, f)
			}
		}
	}
	return nil
}

// undone returns the findings, by id, that the run had mended which the plan puts
// back: as they were when their fix was planned. It is empty for other plans.
func undone(r actions.Reader, plan actions.Plan) (map[string]actions.Finding, error) {
	if plan.Undoes == "" {
		return nil, nil
	}
	var run actions.Run
	var fix actions.Plan
	var scan actions.Scan
	err := r.Get(actions.KindRun, plan.Undoes, &run)
	if err == nil {
		err = r.Get(actions.KindPlan, run.Plan, &fix)
	}
	if err == nil {
		err = r.Get(actions.KindScan, fix.Scan, &scan)
	}
	if err != nil && !errors.Is(err, actions.ErrNotFound) {
		return nil, fmt.Errorf("read what run %s had mended: %w", plan.Undoes, err)
	}
	was := map[string]actions.Finding{}
	for _, f := range scan.Findings {
		was[f.ID] = f
	}
	return was, nil
}

// workedOn tells of the runs that have worked on hosts since they were scanned.
func workedOn(known []actions.Known, runs []actions.Run) []string {
	at := scannedAt(known)
	return mapped(runs, func(run actions.Run) string {
		return fmt.Sprintf("run %s has worked on %s since: what it was seen to mend is left out, what it put back is open as before, the rest is as it was scanned", run.ID, listed(touched(at, run), 8))
	})
}

// scanDoubts returns the doubts of the scans themselves, each once.
func scanDoubts(known []actions.Known) []string {
	var all []string
	for _, k := range known {
		for _, d := range k.Doubts {
			if !slices.Contains(all, d) {
				all = append(all, d)
			}
		}
	}
	return all
}

// listed names hosts in a sentence that is not escaped yet.
func listed(hosts []string, most int) string {
	if len(hosts) <= most {
		return strings.Join(hosts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(hosts[:most], ", "), len(hosts)-most)
}
