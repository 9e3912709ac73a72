package bot

import (
	"context"
	"errors"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestPastReadsEachScanOnce(t *testing.T) {
	ledger := actionstest.NewLedger()
	keep := func(id string, day int, status actions.HostStatus, of ...string) {
		must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
			return tx.Put(actions.KindScan, id, actions.Scan{
				ID: id, Finished: noon.AddDate(0, 0, day), Of: of, Hosts: []actions.HostScan{{Name: "web-1", Status: status}},
			})
		}))
	}
	keep("S-1", 0, actions.Scanned)
	keep("S-2", 1, actions.Scanned)
	keep("S-3", 2, actions.Unreachable)
	keep("S-4", 3, actions.Scanned, "S-1")
	keep("S-5", 9, actions.Scanned)
	p := &past{ledger: ledger}
	for _, c := range []struct {
		day  int
		want string
	}{{-1, ""}, {0, "S-1"}, {4, "S-2"}, {8, "S-2"}, {9, "S-5"}, {20, "S-5"}} {
		stood, err := p.stood(t.Context(), noon.AddDate(0, 0, c.day))
		if err != nil || stood["web-1"].Scan != c.want {
			t.Errorf("day %d: %q, %v; want %q", c.day, stood["web-1"].Scan, err, c.want)
		}
	}
	for _, id := range []string{"S-1", "S-2", "S-3", "S-4"} {
		if p.scans[id] != nil {
			t.Errorf("%s is still kept", id)
		}
	}
	p.ledger = noLedger{ledger}
	if _, err := p.stood(t.Context(), noon.Add(time.Hour)); err == nil {
		t.Error("a ledger that cannot be read is taken for an empty one")
	}
}

type noLedger struct{ actions.Ledger }

func (noLedger) View(context.Context, func(actions.Reader) error) error {
	return errors.New("the disk is gone")
}
