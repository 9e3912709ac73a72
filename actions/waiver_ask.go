package actions

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Ask keeps the request. Refusals are sentences for people.
func (s Waivers) Ask(ctx context.Context, req WaiverRequest) (Waiver, error) {
	now := s.Now().UTC()
	req.Hosts = slices.Clone(req.Hosts)
	slices.SortFunc(req.Hosts, NaturalCompare)
	req.Hosts, req.Reason, req.Until = slices.Compact(req.Hosts), strings.TrimSpace(req.Reason), req.Until.UTC()
	if err := s.MayAsk(req.Requester); err != nil {
		return Waiver{}, err
	}
	if faults := req.Faults(now); len(faults) > 0 {
		parts := slices.Sorted(maps.Keys(faults))
		return Waiver{}, sentence(ErrFaulty, "%s", faults[parts[0]])
	}
	hosts, err := s.targets(ctx, req.Channel, req.Hosts)
	if err != nil {
		return Waiver{}, err
	}
	w := Waiver{
		ID: NewID("W"), WaiverRequest: req, Created: now, Expires: now.Add(s.Policy.ApprovalTTL), Addresses: addresses(hosts),
		Approvals: max(1, s.Policy.Approvals), State: WaiverWaiting,
	}
	w.Digest = w.digest()
	err = s.Ledger.Update(ctx, func(tx Tx) error {
		if err := tx.Put(KindWaiver, w.ID, w); err != nil {
			return err
		}
		return tx.Audit(Entry{Actor: req.Requester, Action: "waiver.waiting", Subject: w.ID, Digest: w.Digest, Detail: w.detail()})
	})
	if err != nil {
		return Waiver{}, fmt.Errorf("keep the waiver: %w", err)
	}
	return w, nil
}

func (w Waiver) detail() map[string]string {
	return map[string]string{
		"remedy": w.Remedy, "subject": w.Subject, "whole remedy": strconv.FormatBool(w.Whole), "channel": w.Channel,
		"hosts": fmt.Sprint(w.Hosts), "owner": w.Owner.ID, "reason": w.Reason, "until": w.Until.Format(time.RFC3339),
	}
}

// MayAsk refuses people who may not ask for fixes either.
func (s Waivers) MayAsk(who Person) error {
	if s.Policy.MayRequest(who) != nil {
		return forbidden("you may not ask for waivers: ask for your user ID %s to be added to policy.requesters%s", who.ID, s.Policy.unread(s.Policy.Requesters))
	}
	return nil
}

// MayApprove refuses people who are not approvers.
func (s Waivers) MayApprove(who Person) error {
	if s.Policy.MayApprove(who) != nil {
		return forbidden("you may not decide on waivers: only the people listed in policy.approvers may%s", s.Policy.unread(s.Policy.Approvers))
	}
	return nil
}

// targets returns the hosts by their names. It refuses those that there are no
// more, or that the channel may not target.
func (s Waivers) targets(ctx context.Context, channel string, names []string) ([]Host, error) {
	if _, err := s.Policy.Patterns(channel); err != nil {
		return nil, err
	}
	hosts, err := SelectNames(ctx, s.Inventory, names)
	if err != nil {
		return nil, forbidden("%s", err)
	}
	return hosts, s.Policy.Allows(ctx, s.Inventory, channel, hosts)
}

func addresses(hosts []Host) map[string]string {
	at := map[string]string{}
	for _, h := range hosts {
		at[h.Name] = h.Address
	}
	return at
}

// stillAt refuses a waiver of whose hosts one is another machine by now.
func (w Waiver) stillAt(now []Host) error {
	for _, h := range now {
		if was := w.Addresses[h.Name]; was != h.Address {
			return sentence(ErrChanged, "%s is another machine by now (at %s, it was at %s when waiver %s was asked for); ask for a new one", h.Name, h.Address, was, w.ID)
		}
	}
	return nil
}
