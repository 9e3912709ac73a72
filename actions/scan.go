package actions

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Scan is what one look at a set of hosts found.
type Scan struct {
	ID       string     `json:"scan_id"`
	Started  time.Time  `json:"started"`
	Finished time.Time  `json:"finished"`
	Hosts    []HostScan `json:"hosts"`
	Findings []Finding  `json:"findings"`

	Doubts []string `json:"doubts,omitempty"` // what it may miss, a sentence each (Doubtful)

	Pattern string `json:"pattern"`
	Actor   Person `json:"actor"`
	Channel string `json:"channel,omitempty"`

	// Of is the scans that this one is put together from, if it is no look at
	// the hosts of its own (Compose).
	Of []string `json:"of,omitempty"`
}

// HostStatus says how much of a host was seen.
type HostStatus string

// A host was read in full, in part, or not at all.
const (
	Scanned     HostStatus = "scanned"
	Partial     HostStatus = "partial"
	Unreachable HostStatus = "unreachable"
)

// HostScan is one host's part in a scan.
type HostScan struct {
	Name    string     `json:"name"`
	Address string     `json:"address"`
	Status  HostStatus `json:"status"`
	Error   string     `json:"error,omitempty"` // why not in full
	OS      string     `json:"os,omitempty"`
}

// Incomplete counts the hosts that were not read in full.
func (s Scan) Incomplete() int {
	n := 0
	for _, h := range s.Hosts {
		if h.Status != Scanned {
			n++
		}
	}
	return n
}

// Waived counts the findings that people have accepted for a time.
func (s Scan) Waived() int {
	n := 0
	for _, f := range s.Findings {
		if f.Status == Waived {
			n++
		}
	}
	return n
}

// Scanner looks at hosts. It only reads.
type Scanner struct {
	Fleet     Collector
	Catalogue []Remedy
	Ledger    Ledger
	Parallel  int // hosts at the same time, at least 1
	Now       func() time.Time
}

// ScanRequest says what to look at and for whom.
type ScanRequest struct {
	Pattern string
	Hosts   []Host
	Doubts  []string // of the inventory that named the hosts
	Actor   Person
	Channel string

	// Progress, if set, is called after each host, one call at a time.
	Progress func(ScanProgress)
}

// ScanProgress counts the hosts of a running scan.
type ScanProgress struct{ Done, Failed, Total int }

// Scan reads all hosts, examines them, and keeps the result in the ledger.
// Hosts that fail are part of the result. The error is the context's or the
// ledger's; then nothing was kept.
func (s Scanner) Scan(ctx context.Context, req ScanRequest) (Scan, error) {
	scan := Scan{
		ID: NewID("S"), Started: s.Now().UTC(), Pattern: req.Pattern,
		Actor: req.Actor, Channel: req.Channel, Doubts: req.Doubts,
		Hosts: make([]HostScan, len(req.Hosts)), Findings: []Finding{},
	}
	s.visit(ctx, req, &scan)
	if err := ctx.Err(); err != nil {
		return Scan{}, fmt.Errorf("the scan was stopped: %w", err)
	}
	scan.Finished = s.Now().UTC()
	return s.keep(ctx, scan)
}

// visit fills in the scan's hosts, in the request's order, and its findings.
func (s Scanner) visit(ctx context.Context, req ScanRequest, scan *Scan) {
	var mu sync.Mutex
	asked, instances, machines := false, 0, machines{}
	progress := ScanProgress{Total: len(req.Hosts)}
	fleet := s.Fleet
	if p, ok := fleet.(Preparer); ok {
		fleet, asked = p.Prepare(ctx, req.Hosts), true
	}
	each(max(1, s.Parallel), len(req.Hosts), func(i int) {
		facts, err := fleet.Collect(ctx, req.Hosts[i])
		var found []Finding
		if err == nil {
			found = Examine(facts, s.Catalogue)
		}
		mu.Lock()
		defer mu.Unlock()
		scan.Hosts[i] = hostScan(req.Hosts[i], facts, err)
		scan.Findings = append(scan.Findings, found...)
		if _, _, missing := seen(facts).Missing(SectionCloud); missing || seen(facts).Cloud != nil {
			instances++
		}
		machines.add(req.Hosts[i].Name, facts)
		progress.Done++
		if err != nil {
			progress.Failed++
		}
		if req.Progress != nil {
			req.Progress(progress)
		}
	})
	if asked && instances == 0 && progress.Failed < progress.Total {
		scan.Doubts = append(scan.Doubts, "none of these hosts is an instance of the configured accounts and regions, so the cloud told nothing about them")
	}
	scan.Doubts = append(scan.Doubts, machines.doubts()...)
}

// seen is the facts, or none of a host that told nothing.
func seen(f *Facts) *Facts {
	if f == nil {
		return &Facts{}
	}
	return f
}

// each calls do for 0 … n-1, at most parallel of them at the same time.
func each(parallel, n int, do func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(parallel, n) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func hostScan(h Host, f *Facts, err error) HostScan {
	hs := HostScan{Name: h.Name, Address: h.Address, Status: Scanned}
	if err != nil {
		hs.Status, hs.Error = Unreachable, err.Error()
		return hs
	}
	hs.OS = f.OS.Name
	if len(f.Absent) > 0 {
		hs.Status, hs.Error = Partial, absentSentence(f.Absent)
	}
	return hs
}

// absentSentence names what could not be read, sections with the same reason together.
func absentSentence(absent map[Section]string) string {
	byReason := map[string][]string{}
	for section, why := range absent {
		byReason[why] = append(byReason[why], string(section))
	}
	parts := make([]string, 0, len(byReason))
	for why, sections := range byReason {
		slices.Sort(sections)
		parts = append(parts, strings.Join(sections, ", ")+": "+why)
	}
	slices.Sort(parts)
	return "could not read " + strings.Join(parts, "; ")
}

// keep marks what is waived now, puts the findings in order, and keeps the scan.
func (s Scanner) keep(ctx context.Context, scan Scan) (Scan, error) {
	err := s.Ledger.Update(ctx, func(tx Tx) error {
		waivers, err := All[Waiver](tx, KindWaiver)
		if err != nil {
			return err
		}
		scan.Findings = waive(scan.Findings, scan.Hosts, waivers, scan.Finished)
		Prioritise(scan.Findings)
		if err := tx.Put(KindScan, scan.ID, scan); err != nil {
			return err
		}
		if err := keepKnown(tx, scan); err != nil {
			return err
		}
		return tx.Audit(Entry{
			Actor: scan.Actor, Action: "scan.finished", Subject: scan.ID, Digest: Digest(scan),
			Detail: map[string]string{
				"pattern":    scan.Pattern,
				"channel":    scan.Channel,
				"hosts":      strconv.Itoa(len(scan.Hosts)),
				"incomplete": strconv.Itoa(scan.Incomplete()),
				"findings":   strconv.Itoa(len(scan.Findings)),
				"waived":     strconv.Itoa(scan.Waived()),
			},
		})
	})
	if err != nil {
		return scan, fmt.Errorf("keep scan %s: %w", scan.ID, err)
	}
	return scan, nil
}
