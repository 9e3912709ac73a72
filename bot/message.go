package bot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// Action IDs of the buttons, and the callback ID of the modal.
const (
	actionFix      = "fix"
	actionDetails  = "details"
	actionWaive    = "waive"
	actionApprove  = "approve"
	actionDeny     = "deny"
	actionWithdraw = "withdraw"
	actionAbort    = "abort"
	actionResume   = "resume"
	actionRetry    = "retry" // and its number in the message
	actionUndo     = "undo"
	actionCare     = "care"
	actionStart    = "start"
	viewDeny       = "deny_reason"
	viewCode       = "second_factor"
	viewEnrol      = "enrol"
)

// maxPages bounds the messages that one scan's findings take.
const maxPages = 8

// scanning is the message while a scan goes on: how many hosts are done, how
// many of them failed, how many are left, and for how long it goes on.
func scanning(pattern string, at actions.ScanProgress, took time.Duration) message {
	text := fmt.Sprintf("Scanning %s: %d of %s done", code(pattern, 200), at.Done, count(at.Total, "host"))
	if at.Failed > 0 {
		text += fmt.Sprintf(", %d of them could not be reached", at.Failed)
	}
	return message{Text: fmt.Sprintf("%s, %d left, %s.", text, at.Total-at.Done, elapsed(took))}
}

// findings shows a scan's result: the first message, and those that hang under
// it where one does not take it all. Rather than leave findings out it shows
// less of what was seen.
func findings(scan actions.Scan, catalogue []actions.Remedy) []message {
	all := split(actions.Grouped(scan.Findings))
	pages, left := paged(scan, all, catalogue, 3)
	if left > 0 {
		pages, left = paged(scan, all, catalogue, 1)
	}
	if left > 0 {
		last := &pages[len(pages)-1]
		last.Blocks[len(last.Blocks)-1] = tooMany(left)
		last.Text += "\n" + notShown(left)
	}
	return pages
}

// paged fills pages, with so many different observations of each finding. left
// is how many findings there was no page for.
func paged(scan actions.Scan, all sorted, catalogue []actions.Remedy, most int) (pages []message, left int) {
	page := overview(scan, all)
	var lines []string
	turn := func() {
		page.Text = fallback(strings.TrimSpace(page.Text + "\n" + take(lines, "\n", 2000)))
		pages, lines = append(pages, page), nil
	}
	for i, g := range all.open {
		blocks := finding(i+1, g, catalogue, most)
		if !fits(append(append(page.Blocks[:len(page.Blocks):len(page.Blocks)], blocks...), more(len(all.open)))) {
			left = len(all.open) - i
			page.Blocks = append(page.Blocks, more(left))
			turn()
			if len(pages) == maxPages {
				return pages, left
			}
			page = message{Text: fmt.Sprintf("More findings of the scan of %s:", code(scan.Pattern, 200))}
		}
		page.Blocks = append(page.Blocks, blocks...)
		lines = append(lines, inLine(i+1, g))
	}
	turn()
	return pages, 0
}

func more(n int) slack.Block {
	return footnote(fmt.Sprintf("%s more in the thread.", count(n, "finding")))
}

func tooMany(n int) slack.Block { return footnote(notShown(n)) }

func notShown(n int) string {
	return fmt.Sprintf("%s more are not shown here. Mend these first, or scan fewer hosts at a time.", count(n, "finding"))
}
