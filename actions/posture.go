package actions

import (
	"cmp"
	"slices"
	"time"
)

// Tally counts findings. What was not checked and what is waived is neither
// good nor open, and stands by itself.
type Tally struct {
	Open       int `json:"open"`
	NotChecked int `json:"not_checked"`
	Waived     int `json:"waived"`
}

func (t Tally) plus(o Tally) Tally {
	return Tally{t.Open + o.Open, t.NotChecked + o.NotChecked, t.Waived + o.Waived}
}

// HostPosture is how one host stands by its newest scan. The counts of a host
// that was not scanned in full say nothing of what was not seen.
type HostPosture struct {
	Host   string          `json:"host"`
	Status HostStatus      `json:"status"`
	Scan   string          `json:"scan,omitempty"` // empty if it was never scanned
	At     time.Time       `json:"at,omitzero"`
	Layers map[Layer]Tally `json:"layers"`
}

// Sum counts all layers.
func (h HostPosture) Sum() (t Tally) {
	for _, layer := range h.Layers {
		t = t.plus(layer)
	}
	return t
}

// Sound reports whether the host was seen in full, and nothing is left to mend,
// to check or to accept.
func (h HostPosture) Sound() bool { return h.Status == Scanned && h.Sum() == Tally{} }

// Posture is how some hosts stand, each by its newest scan.
type Posture struct {
	Hosts []HostPosture `json:"hosts"`
}

// PostureOf counts what is known of hosts.
func PostureOf(known []Known) Posture {
	p := Posture{Hosts: make([]HostPosture, len(known))}
	for i, k := range known {
		h := HostPosture{Host: k.Host.Name, Status: k.Host.Status, Scan: k.Scan, At: k.At, Layers: map[Layer]Tally{}}
		for _, f := range k.Findings {
			t := h.Layers[f.Layer]
			switch f.Status {
			case Open:
				t.Open++
			case Waived:
				t.Waived++
			default:
				t.NotChecked++
			}
			h.Layers[f.Layer] = t
		}
		p.Hosts[i] = h
	}
	return p
}

// Layer counts the findings of one layer on all hosts.
func (p Posture) Layer(l Layer) (t Tally) {
	for _, h := range p.Hosts {
		t = t.plus(h.Layers[l])
	}
	return t
}

// With returns the hosts of which that is so, in their order.
func (p Posture) With(is func(HostPosture) bool) []HostPosture {
	return slices.DeleteFunc(slices.Clone(p.Hosts), func(h HostPosture) bool { return !is(h) })
}

// Of returns the hosts with that status.
func (p Posture) Of(status HostStatus) []HostPosture {
	return p.With(func(h HostPosture) bool { return h.Status == status })
}

// Worst returns the host with the most open findings in the most urgent layer
// that has any; ok is false where nothing is open.
func (p Posture) Worst() (worst HostPosture, ok bool) {
	open := p.With(func(h HostPosture) bool { return h.Sum().Open > 0 })
	if len(open) == 0 {
		return worst, false
	}
	return slices.MinFunc(open, func(a, b HostPosture) int {
		for _, l := range Layers {
			if c := cmp.Compare(b.Layers[l].Open, a.Layers[l].Open); c != 0 {
				return c
			}
		}
		return NaturalCompare(a.Host, b.Host)
	}), true
}

// Oldest returns the host whose newest scan is the longest ago; ok is false
// where none was ever scanned.
func (p Posture) Oldest() (oldest HostPosture, ok bool) {
	scanned := p.With(func(h HostPosture) bool { return h.Scan != "" })
	if len(scanned) == 0 {
		return oldest, false
	}
	return slices.MinFunc(scanned, func(a, b HostPosture) int {
		return cmp.Or(a.At.Compare(b.At), NaturalCompare(a.Host, b.Host))
	}), true
}
