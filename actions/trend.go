package actions

import "time"

// Trend compares how hosts stand with how they stood once. Only those are in it
// that were seen both times: a host that is new, or was away, makes nothing
// better or worse.
type Trend struct {
	Hosts     int
	Now, Then map[Layer]Tally
}

// Stands is how each host of the scan stood by it.
func (s Scan) Stands() []HostPosture {
	known, at := make([]Known, len(s.Hosts)), map[string]int{}
	for i, h := range s.Hosts {
		known[i], at[h.Name] = Known{Scan: s.ID, At: s.Finished, Host: h}, i
	}
	for _, f := range s.Findings {
		if i, ok := at[f.Host]; ok {
			known[i].Findings = append(known[i].Findings, f)
		}
	}
	return PostureOf(known).Hosts
}

// seen reports whether anything of the host was read.
func (h HostPosture) seen() bool { return h.Status == Scanned || h.Status == Partial }

// StoodAt returns by name how each host stood at that moment, by the newest of
// the past that saw it.
func StoodAt(past []HostPosture, moment time.Time) map[string]HostPosture {
	stood := map[string]HostPosture{}
	for _, h := range past {
		if before, had := stood[h.Host]; h.seen() && !h.At.After(moment) && (!had || h.At.After(before.At)) {
			stood[h.Host] = h
		}
	}
	return stood
}

// TrendOf compares a posture with how its hosts stood then.
func TrendOf(now Posture, then map[string]HostPosture) Trend {
	t := Trend{Now: map[Layer]Tally{}, Then: map[Layer]Tally{}}
	for _, h := range now.Hosts {
		before, had := then[h.Host]
		if !had || !h.seen() {
			continue
		}
		t.Hosts++
		for _, l := range Layers {
			t.Now[l], t.Then[l] = t.Now[l].plus(h.Layers[l]), t.Then[l].plus(before.Layers[l])
		}
	}
	return t
}
