package main

import (
	"context"

	"hardenbot/bot"
	"hardenbot/store"
)

// auditor lets the bot read the trail of the store that it writes to.
type auditor struct{ *store.Store }

var _ bot.Auditor = auditor{}

// Verify implements bot.Auditor. No heads that were kept elsewhere are
// compared: that is for `hardenbot audit verify --head`.
func (a auditor) Verify(ctx context.Context) (bot.TrailState, error) {
	report, err := a.Store.Verify(ctx)
	if err != nil {
		return bot.TrailState{}, err
	}
	state := bot.TrailState{Seq: report.Head.Seq, Hash: report.Head.Hash.String()}
	if report.Damage != nil {
		state.Damage = report.Damage.Says
	}
	return state, nil
}
