package main

import (
	"context"
	"encoding/json"

	"hardenbot/actions"
)

// discard is a ledger that keeps nothing, for scans that are only printed.
type discard struct{}

func (discard) Update(_ context.Context, fn func(actions.Tx) error) error   { return fn(discardTx{}) }
func (discard) View(_ context.Context, fn func(actions.Reader) error) error { return fn(discardTx{}) }

type discardTx struct{}

func (discardTx) Get(actions.Kind, string, any) error { return actions.ErrNotFound }
func (discardTx) Put(actions.Kind, string, any) error { return nil }
func (discardTx) Delete(actions.Kind, string) error   { return nil }
func (discardTx) Audit(actions.Entry) error           { return nil }

func (discardTx) Each(actions.Kind, func(string, json.RawMessage) error) error { return nil }
