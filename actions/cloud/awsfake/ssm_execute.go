package awsfake

import (
	"context"
	"time"
)

// begin has the agent run the command. It takes it only once the call that sent
// it is through, which holds the lock.
func (f *Fake) begin(p *Place, c Command, limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	f.running[c.ID] = cancel
	f.agents.Go(func() {
		defer cancel()
		if !p.command(c.ID, func(c *Command) bool {
			begins := c.Status == "Pending"
			if begins {
				c.Status = "InProgress"
			}
			return begins
		}) {
			return
		}
		stdout, stderr, exit := f.options.Execute(ctx, c.Instance, c.Script)
		p.command(c.ID, func(c *Command) bool {
			c.Stdout, c.Stderr, c.Exit = stdout, stderr, exit
			switch {
			case c.Status == "Cancelling":
				c.Status = "Cancelled"
			case ctx.Err() == context.DeadlineExceeded:
				c.Status, c.Details = "TimedOut", "Execution Timed Out"
			case exit != 0:
				c.Status = "Failed"
			default:
				c.Status = "Success"
			}
			delete(f.running, c.ID)
			return true
		})
	})
}

// command changes a command, as a call would. It reports what change does;
// false if there is no such command.
func (p *Place) command(id string, change func(*Command) bool) bool {
	p.fake.mu.Lock()
	defer p.fake.mu.Unlock()
	s := p.newest().clone()
	c, ok := s.Commands[id]
	if !ok || !change(&c) {
		return false
	}
	s.Commands[id] = c
	p.commit(s)
	return true
}

// Close ends what agents still run, and waits for that.
func (f *Fake) Close() {
	f.mu.Lock()
	for _, cancel := range f.running {
		cancel()
	}
	f.mu.Unlock()
	f.agents.Wait()
}
