// Package actionstest holds what tests of the flow share: a fake fleet and an
// in-memory ledger, the suite that every ledger must pass, and the contract
// that every remedy must keep.
package actionstest
