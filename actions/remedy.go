package actions

import "fmt"

// Layer is one of the four concerns, in the order in which they are mended:
// what can be reached, who may log in, what is patched, what prevents.
type Layer string

// The layers, most urgent first.
const (
	Exposed    Layer = "exposure"
	Access     Layer = "access"
	Patch      Layer = "patch"
	Prevention Layer = "prevention"
)

// Layers lists them in order of urgency.
var Layers = []Layer{Exposed, Access, Patch, Prevention}

// Order is the layer's place, 0 for the most urgent.
func (l Layer) Order() int {
	for i, known := range Layers {
		if l == known {
			return i
		}
	}
	return len(Layers)
}

// Remedy is one entry of the catalogue: how a weakness is told and mended.
//
// Check and Plan are pure: the same facts give the same answer, and they touch
// nothing. Check is called only when every section in Needs was read; without
// one of them the finding's status is "not checked".
type Remedy struct {
	ID         string // kebab-case, never changes
	Title      string // the weakness as a short sentence
	Why        string // why it matters, in one line
	Layer      Layer
	Rank       int // place within the layer, 1 first
	References []string
	Needs      []Section

	// Check returns what is wrong, or nothing when the host is sound.
	Check func(*Facts) []Evidence

	// Plan returns the change that mends one finding of Check on that host.
	// Its error is a sentence for people: why no change can be offered.
	// A nil Plan means that the weakness is only reported, and ReportOnly
	// says why.
	Plan       func(*Facts, Finding) (Change, error)
	ReportOnly string
}

// Evidence is one thing that is wrong. Each becomes a finding of its own.
type Evidence struct {
	Subject string   // tells the findings of one remedy on one host apart: "3306/tcp", "critical"; may be empty
	Title   string   // replaces the remedy's title when set
	Rank    int      // order among the remedy's own findings, lower is more urgent
	Says    []string // what was seen, a sentence each; text from the host is not yet escaped

	// Unchecked makes it a question that the facts cannot answer, rather than
	// something that is wrong.
	Unchecked bool
}

// Find returns the remedy by that id.
func Find(catalogue []Remedy, id string) (Remedy, error) {
	for _, r := range catalogue {
		if r.ID == id {
			return r, nil
		}
	}
	return Remedy{}, fmt.Errorf("no remedy is called %q: %w", id, ErrNotFound)
}
