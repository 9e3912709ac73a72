package actionstest

import (
	"context"
	"errors"

	"hardenbot/actions"
)

var _ actions.Rotation = (*Fleet)(nil)

// Out returns the hosts that are out of rotation.
func (f *Fleet) Out() []string {
	f.Lock()
	defer f.Unlock()
	var out []string
	for _, h := range f.hosts {
		if h.Drained {
			out = append(out, h.Facts.Host.Name)
		}
	}
	return out
}

// Seats implements actions.Rotation: every host that Serves has one.
func (f *Fleet) Seats(_ context.Context, h actions.Host) ([]actions.Seat, error) {
	f.Lock()
	defer f.Unlock()
	if !f.hosts[h.Name].Serves {
		return nil, nil
	}
	return []actions.Seat{{Driver: "fake", Group: "app", Target: h.Name, Port: 8080}}, nil
}

// Drain implements actions.Rotation. As the real ones, it refuses where
// the group has no room.
func (f *Fleet) Drain(_ context.Context, h actions.Host, _ []actions.Seat, room actions.Room) error {
	f.Lock()
	defer f.Unlock()
	members, out := 0, 0 // out: of the others
	for name, other := range f.hosts {
		if other.Serves {
			members++
		}
		if other.Drained && name != h.Name {
			out++
		}
	}
	if no := room.Refuses(members+f.Spare, out, members-1+f.Spare-out); no != "" {
		return errors.New(no)
	}
	f.trace(Effect{Host: h.Name, What: "drain"})
	f.log = append(f.log, h.Name+" drain")
	f.hosts[h.Name].Drained = true
	return f.hosts[h.Name].answer("drain", nil)
}

// Return implements actions.Rotation.
func (f *Fleet) Return(_ context.Context, h actions.Host, _ []actions.Seat) error {
	f.Lock()
	defer f.Unlock()
	host := f.hosts[h.Name]
	f.log = append(f.log, h.Name+" return")
	if host.NoReturn != nil {
		return host.NoReturn
	}
	f.trace(Effect{Host: h.Name, What: "return"})
	host.Drained = false
	return host.answer("return", nil)
}

// Serving implements actions.Rotation.
func (f *Fleet) Serving(_ context.Context, h actions.Host, _ []actions.Seat) error {
	f.Lock()
	defer f.Unlock()
	if f.hosts[h.Name].Drained {
		return errors.New("it is not in rotation")
	}
	return nil
}
