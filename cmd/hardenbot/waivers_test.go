package main

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hardenbot/actions"
	"hardenbot/store"
)

// waive STORE writes one that holds, one that waits, one whose time is
// up, and one that was denied.
func storeWaivers(ts *testscript.TestScript, _ bool, args []string) {
	s, err := store.Open(ts.MkAbs(args[0]), store.Options{})
	ts.Check(err)
	now := time.Now()
	bob := actions.Person{ID: "U0BOB", Name: "bob"}
	request := actions.WaiverRequest{
		Remedy: "ssh-password-auth", Whole: true, Title: "sshd accepts passwords a\x1b[2Jb", Hosts: []string{"web-1", "web-2"},
		Owner: actions.Person{ID: "U0CAROL", Name: "carol"}, Reason: "a partner needs it", Until: now.Add(48 * time.Hour),
		Requester: actions.Person{ID: "U0ALICE", Name: "alice"}, Channel: "C0SEC",
	}
	holds := actions.Waiver{
		ID: "W-00000001", WaiverRequest: request, Created: now, Expires: now.Add(time.Hour), State: actions.WaiverApproved,
		Decided: []actions.Decision{{Who: bob, At: now, Yes: true}},
	}
	waits, over, denied := holds, holds, holds
	waits.ID, waits.State, waits.Decided, waits.Title = "W-00000002", actions.WaiverWaiting, nil, "An open port"
	over.ID, over.Until = "W-00000003", now.Add(-time.Minute)
	denied.ID, denied.State, denied.Decided = "W-00000004", actions.WaiverDenied, []actions.Decision{{Who: bob, At: now, Reason: "mend it"}}
	ts.Check(s.Update(context.Background(), func(tx actions.Tx) error {
		for _, w := range []actions.Waiver{holds, waits, over, denied} {
			if err := tx.Put(actions.KindWaiver, w.ID, w); err != nil {
				return err
			}
		}
		return nil
	}))
	ts.Check(s.Close())
}
