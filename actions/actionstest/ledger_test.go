package actionstest_test

import (
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestLedgerInMemory(t *testing.T) {
	actionstest.TestLedger(t, func(*testing.T) actions.Ledger { return actionstest.NewLedger() })
}
