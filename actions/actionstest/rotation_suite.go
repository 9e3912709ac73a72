package actionstest

import (
	"context"
	"fmt"
	"sync"

	"hardenbot/actions"
)

// Balanced is a group of hosts that a balancer serves from, and how the
// balancer itself shows them: what PlayRoom needs of a Rotation under test.
type Balanced struct {
	Rotation actions.Rotation
	Hosts    []actions.Host
	Seats    func(n int) []actions.Seat // of the n-th host in this group alone
	Shows    func(n int) string         // "up", "down" or "out"; anything else is an error
	Ail      func(n int, sick bool)     // has the balancer take a host for down, or for up again
	Least    int                        // members that the group itself wants to keep; 0 if it does not care
}

// RoomScript is what happens to a group: hosts leave and return in any order.
type RoomScript struct {
	Size  int // members
	Room  actions.Room
	Moves []RoomMove
}

// RoomMove is one thing that happens.
type RoomMove struct {
	What string // "leave", "return", "ail", or "race": all that serve leave at the same time
	Host int
}

// ReadRoomScript makes a script for a group of at most so many members out of
// any bytes.
func ReadRoomScript(most int, data []byte) RoomScript {
	next := func(below int) int {
		if len(data) == 0 {
			return 0
		}
		b := int(data[0])
		data = data[1:]
		return b % below
	}
	shares := []actions.Share{{}, {Count: 1}, {Count: 2}, {Count: 5}, {Percent: 25}, {Percent: 50}, {Percent: 75}, {Percent: 100}}
	whats := []string{"leave", "leave", "race", "return", "ail"}
	s := RoomScript{Size: 1 + next(most)}
	s.Room = actions.Room{Out: shares[next(len(shares))], Keep: shares[next(len(shares))]}
	for len(data) > 0 {
		s.Moves = append(s.Moves, RoomMove{whats[next(len(whats))], next(s.Size)})
	}
	return s
}

// failer is what of testing.T is needed; rapid.T has it, too.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// PlayRoom plays a script with a group whose members are all up, and holds the
// Rotation to the rule after each move: never more out than the room allows,
// never one out that leaves fewer serving than it wants, nobody refused who may
// leave, and nothing changed by a refusal.
func PlayRoom(ctx context.Context, t failer, b Balanced, s RoomScript) {
	t.Helper()
	p := &roomPlay{Balanced: b, RoomScript: s, out: make([]bool, s.Size), sick: make([]bool, s.Size)}
	for i, move := range s.Moves {
		what := fmt.Sprintf("move %d, %s %s (%d members, %d out, %+v)", i, b.Hosts[move.Host].Name, move.What, s.Size, p.count(p.out), s.Room)
		if err := p.play(ctx, move); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for n := range s.Size {
			if got := b.Shows(n); got != p.expected(n) {
				t.Fatalf("%s: afterwards %s is %s, want %s", what, b.Hosts[n].Name, got, p.expected(n))
			}
		}
	}
}

// roomPlay is what should be the case with a group.
type roomPlay struct {
	Balanced
	RoomScript
	out, sick []bool
}

func (p *roomPlay) play(ctx context.Context, move RoomMove) error {
	n := move.Host
	switch {
	case move.What == "leave":
		return p.race(ctx, []int{n})
	case move.What == "race":
		var all []int
		for n := range p.Size {
			if !p.out[n] && !p.sick[n] {
				all = append(all, n)
			}
		}
		return p.race(ctx, all)
	case move.What == "return" && !p.sick[n]:
		p.out[n] = false
		return p.Rotation.Return(ctx, p.Hosts[n], p.Seats(n))
	case move.What == "ail" && !p.out[n]:
		p.sick[n] = !p.sick[n]
		p.Ail(n, p.sick[n])
	}
	return nil
}

// race has hosts leave at the same time: whoever it is, as many get through as
// would one after the other.
func (p *roomPlay) race(ctx context.Context, hosts []int) error {
	errs := make([]error, p.Size)
	var all sync.WaitGroup
	for _, n := range hosts {
		all.Go(func() { errs[n] = p.Rotation.Drain(ctx, p.Hosts[n], p.Seats(n), p.Room) })
	}
	all.Wait()
	through, want := 0, 0
	was := append([]bool(nil), p.out...)
	for _, n := range hosts {
		if errs[n] == nil {
			through++
		}
		if was[n] || p.may(n) {
			p.out[n] = true
			want++
		}
	}
	for _, n := range hosts {
		p.out[n] = was[n] || errs[n] == nil
	}
	if through != want {
		return fmt.Errorf("%d of %d got through, want %d: %v", through, len(hosts), want, errs)
	}
	return nil
}

// may is the rule in other words than Room has it. It is asked one host at a
// time.
func (p *roomPlay) may(n int) bool {
	out, serving := p.count(p.out), 0
	for m := range p.Size {
		if m != n && !p.out[m] && !p.sick[m] {
			serving++
		}
	}
	most, least := 1, 1
	if p.Room.Out != (actions.Share{}) {
		most = max(1, p.Room.Out.AtMost(p.Size))
	}
	if p.Room.Keep != (actions.Share{}) {
		least = p.Room.Keep.AtLeast(p.Size)
	}
	return out+1 <= most && serving >= least && p.Size-out-1 >= p.Least
}

func (p *roomPlay) expected(n int) string {
	switch {
	case p.out[n]:
		return "out"
	case p.sick[n]:
		return "down"
	}
	return "up"
}

func (p *roomPlay) count(which []bool) (n int) {
	for _, yes := range which {
		if yes {
			n++
		}
	}
	return n
}
