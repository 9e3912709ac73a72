package actions

import (
	"context"
	"errors"
	"fmt"
)

// Verify reads the host afresh and returns nil when the remedy no longer finds
// the subject there. The error is a sentence: what is still so, or why it
// could not be seen.
func Verify(ctx context.Context, fleet Collector, h Host, remedy Remedy, subject string) error {
	facts, err := fleet.Collect(ctx, h)
	if err != nil {
		return fmt.Errorf("the result could not be checked: %w", err)
	}
	for _, finding := range Examine(facts, []Remedy{remedy}) {
		switch {
		case !finding.answers(subject):
		case finding.Status == NotChecked:
			return errors.New("the result is " + firstOf(finding.Evidence, "not checked"))
		default:
			return fmt.Errorf("the weakness is still there: %s", firstOf(finding.Evidence, finding.Title))
		}
	}
	return nil
}

func firstOf(list []string, otherwise string) string {
	if len(list) > 0 {
		return list[0]
	}
	return otherwise
}
