package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hardenbot/actions"
)

// posture shows how hosts stand by the newest scan of each.
func (b *Bot) posture(ctx context.Context, who asker, pattern string) error {
	r, err := b.recallHosts(ctx, who, pattern)
	if err != nil {
		return err
	}
	if !r.ever() {
		return r.errNeverScanned()
	}
	b.post(ctx, letter{Channel: who.Channel, ResponseURL: who.ResponseURL}, standings(r, b.cfg.Now()))
	return nil
}

// standings is the posture in words. What was not seen is named, and counted
// as neither good nor bad.
func standings(r recalled, now time.Time) message {
	p := actions.PostureOf(r.known)
	never, away, partly := p.Of(actions.NotScanned), p.Of(actions.Unreachable), p.Of(actions.Partial)
	var unseen []string
	for _, part := range []struct {
		says  string
		hosts []actions.HostPosture
	}{{"never scanned", never}, {"could not be reached", away}, {"seen in part only", partly}} {
		if len(part.hosts) > 0 {
			unseen = append(unseen, fmt.Sprintf("• %s: %s", part.says, names(hostsWith(part.hosts), 10)))
		}
	}
	return sheet{
		head: fmt.Sprintf("*How %s stands*, by the newest scan of each host\n%s", code(r.pattern, 300), inSum(p)),
		lists: []titled{
			{"By layer, most urgent first", byLayers(p)},
			{"Look here first", lookFirst(p, now)},
			{"Not known – this does not mean that they are sound", unseen},
			doubtList(r),
		},
		foot: "/harden findings " + code(r.pattern, 300) + " shows what is open.",
	}.message()
}

func inSum(p actions.Posture) string {
	open := p.With(func(h actions.HostPosture) bool { return h.Sum().Open > 0 })
	sound := p.With(actions.HostPosture.Sound)
	accepted := p.With(func(h actions.HostPosture) bool { return h.Sum().Open == 0 && h.Sum().Waived > 0 })
	unclear := p.With(func(h actions.HostPosture) bool {
		return h.Status == actions.Scanned && h.Sum().Open == 0 && h.Sum().NotChecked > 0
	})
	unseen := p.With(func(h actions.HostPosture) bool { return h.Status != actions.Scanned })
	parts := []string{
		count(len(p.Hosts), "host"), fmt.Sprintf("%d with open findings", len(open)),
		fmt.Sprintf("%d with nothing left to do", len(sound)),
	}
	if len(accepted) > 0 {
		parts = append(parts, fmt.Sprintf("%d where all that is open is waived", len(accepted)))
	}
	if len(unclear) > 0 {
		parts = append(parts, fmt.Sprintf("%d where something could not be checked", len(unclear)))
	}
	if len(unseen) > 0 {
		parts = append(parts, fmt.Sprintf("%d not seen in full", len(unseen)))
	}
	return strings.Join(parts, ", ") + "."
}

func byLayers(p actions.Posture) []string {
	return mapped(actions.Layers, func(l actions.Layer) string {
		t := p.Layer(l)
		line := fmt.Sprintf("• %s: %d open", l, t.Open)
		if t.NotChecked > 0 {
			line += fmt.Sprintf(", %d could not be checked", t.NotChecked)
		}
		if t.Waived > 0 {
			line += fmt.Sprintf(", %d waived", t.Waived)
		}
		return line
	})
}

// lookFirst names the worst host and the one that was not looked at for longest.
func lookFirst(p actions.Posture, now time.Time) []string {
	var lines []string
	if worst, ok := p.Worst(); ok {
		var parts []string
		for _, l := range actions.Layers {
			if n := worst.Layers[l].Open; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, l))
			}
		}
		lines = append(lines, fmt.Sprintf("• worst: *%s* with %s open", words(worst.Host, 64), strings.Join(parts, ", ")))
	}
	if oldest, ok := p.Oldest(); ok {
		lines = append(lines, fmt.Sprintf("• longest not looked at: *%s*, %s, %s", words(oldest.Host, 64), onAt(oldest.At), ago(oldest.At, now)))
	}
	return lines
}
