package actions

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Known is what the newest scan of a host told of it. The ledger keeps it by the
// host's name, so that the question how some hosts stand costs as much as those
// hosts, however many scans there were.
type Known struct {
	Scan     string    `json:"scan,omitempty"` // empty for a host that was never scanned
	At       time.Time `json:"at,omitzero"`    // when that scan ended
	Host     HostScan  `json:"host"`
	Findings []Finding `json:"findings,omitempty"`
	Doubts   []string  `json:"doubts,omitempty"` // of the scan as a whole, in words that name no host
}

// NotScanned is the status of a host in what is known of it, if that is nothing.
const NotScanned HostStatus = "not scanned"

// keepKnown keeps what the scan tells of each of its hosts, unless a scan that
// ended later has told of it already.
func keepKnown(tx Tx, scan Scan) error {
	found := map[string][]Finding{}
	for _, f := range scan.Findings {
		found[f.Host] = append(found[f.Host], f)
	}
	doubts := unnamed(scan)
	for _, h := range scan.Hosts {
		var before Known
		if err := tx.Get(KindKnown, h.Name, &before); err != nil && !isNotFound(err) {
			return err
		}
		if before.At.After(scan.Finished) {
			continue
		}
		k := Known{Scan: scan.ID, At: scan.Finished, Host: h, Findings: found[h.Name], Doubts: doubts}
		if err := tx.Put(KindKnown, h.Name, k); err != nil {
			return err
		}
	}
	return nil
}

// unnamed returns the scan's doubts that name none of its hosts: what is known
// of one host is told where another one's name may be nobody's business.
func unnamed(scan Scan) []string {
	return slices.DeleteFunc(slices.Clone(scan.Doubts), func(doubt string) bool {
		return slices.ContainsFunc(scan.Hosts, func(h HostScan) bool { return strings.Contains(doubt, h.Name) })
	})
}

// Recall returns what is known of each of the hosts, in their order. Findings
// are waived by the waivers that hold now. Of a host whose name stands for
// another machine than the one that was scanned, nothing is known.
func Recall(r Reader, hosts []Host, now time.Time) ([]Known, error) {
	waivers, err := All[Waiver](r, KindWaiver)
	if err != nil {
		return nil, fmt.Errorf("read the waivers: %w", err)
	}
	all := make([]Known, len(hosts))
	for i, h := range hosts {
		var k Known
		err := r.Get(KindKnown, h.Name, &k)
		switch {
		case errors.Is(err, ErrNotFound):
			k = notScanned(h, "no scan has looked at it yet")
		case err != nil:
			return nil, fmt.Errorf("read what is known of %s: %w", h.Name, err)
		case k.Host.Address != h.Address:
			k = notScanned(h, fmt.Sprintf("no scan has looked at it since it is at %s: it was at %s", h.Address, k.Host.Address))
		}
		k.Findings = waive(unwaived(k.Findings), []HostScan{k.Host}, waivers, now)
		all[i] = k
	}
	return all, nil
}

func notScanned(h Host, why string) Known {
	return Known{Host: HostScan{Name: h.Name, Address: h.Address, Status: NotScanned, Error: why}}
}

// unwaived takes back what was waived when the findings were kept.
func unwaived(findings []Finding) []Finding {
	for i, f := range findings {
		if f.Status == Waived {
			findings[i].Status, findings[i].Waiver = Open, nil
		}
	}
	return findings
}

// Compose makes one Scan of what is known of hosts. Its Of names the scans that
// it is put together from, and its id follows from all that it tells: the same
// knowledge has the same id. Doubts are for the caller to add.
func Compose(known []Known, pattern string, who Person, channel string) Scan {
	scan := Scan{Pattern: pattern, Actor: who, Channel: channel, Findings: []Finding{}, Of: []string{}}
	for _, k := range known {
		scan.Hosts = append(scan.Hosts, k.Host)
		scan.Findings = append(scan.Findings, k.Findings...)
		if k.Scan == "" {
			continue
		}
		if !slices.Contains(scan.Of, k.Scan) {
			scan.Of = append(scan.Of, k.Scan)
		}
		if scan.Started.IsZero() || k.At.Before(scan.Started) {
			scan.Started = k.At
		}
		scan.Finished = later(scan.Finished, k.At)
	}
	Prioritise(scan.Findings)
	sum := sha256.Sum256([]byte(Digest(scan)))
	scan.ID = "S-" + readable.EncodeToString(sum[:5])
	return scan
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ByAge orders what is known, the oldest first; hosts that were never scanned
// come before all others.
func ByAge(a, b Known) int {
	return cmp.Or(a.At.Compare(b.At), NaturalCompare(a.Host.Name, b.Host.Name))
}
