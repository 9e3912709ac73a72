package acceptance

import (
	"fmt"
	"time"
)

// point is where the bot is killed, by the audit entry that its transaction adds.
type point struct {
	entry  int           // from 1, the approval
	says   string        // what the entry tells of, in the whole run
	before bool          // it is in the file and does not count yet; otherwise it counts, and nothing came of it yet
	more   int           // so many commits after that
	later  time.Duration // so long after that
}

func (p point) String() string {
	s := fmt.Sprintf("%02d ", p.entry)
	if p.before {
		s += "before "
	}
	s += p.says
	if p.more > 0 {
		s += fmt.Sprintf(" +%d", p.more)
	}
	if p.later > 0 {
		s += fmt.Sprintf(" +%s", p.later.Round(10*time.Millisecond))
	}
	return s
}

// afterTheEnd is how many commits are walked through when the run has ended:
// those with which the end is told.
const afterTheEnd = 10

// points are, for each transition: before it is written down, when its effect is
// there already; after, when the next effect has not begun; and, where that one
// takes its time, in the middle of it.
func (r whole) points() []point {
	var points []point
	for i, e := range r.entries {
		p := point{entry: i + 1, says: transition(e.Action, e.Detail)}
		before, middle := p, p
		before.before = true
		points = append(points, before, p)
		if i == len(r.entries)-1 {
			break
		}
		if took := r.entries[i+1].At.Sub(e.At); took > 10*held {
			middle.later = took / 2
			points = append(points, middle)
		}
	}
	for last := points[len(points)-1]; last.more < afterTheEnd; {
		last.more++
		points = append(points, last)
	}
	return points
}

// spread picks n of the points, each from the middle of a part of them.
func spread(points []point, n int) []point {
	var some []point
	for i := range n {
		some = append(some, points[(2*i+1)*len(points)/(2*n)])
	}
	return some
}

// reach waits until the bot is held at the point, or until the run is over
// without it.
func (w *world) reach(p point, base uint64, commits <-chan commit, over func() bool) {
	w.Helper()
	wanted := base + uint64(p.entry)
	for more := 0; ; {
		select {
		case c, running := <-commits:
			switch {
			case !running:
				w.Fatal("the bot has ended by itself")
			case c.entry < wanted && !(p.before && c.next && c.entry+1 == wanted):
				continue
			case more == p.more:
				time.Sleep(p.later) // the moment itself, not a wait for anything
				return
			}
			more++
		case <-time.After(3 * time.Second):
			if over() {
				return
			}
		}
	}
}
