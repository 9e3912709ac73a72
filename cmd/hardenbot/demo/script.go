package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hardenbot/bot/workspace"
)

// Story is the audit's, in the order in which an engineer works through it: the
// findings whose fix alice asks for and bob approves, by how their titles begin.
var Story = []string{
	"Port 3306/tcp",                                    // the database faces the internet
	"Port 9090/tcp",                                    // metrics are for the internal network
	"Port 9100/tcp",                                    //
	"Port 8080/tcp (app) is served by front",           // the app is for the load balancer
	"sshd accepts passwords",                           // but for web-4, where carol has no key yet
	"Root may log in",                                  //
	"Security updates of OpenSSL",                      // critical libraries first
	"Security updates are pending",                     // out of the load balancer, host by host
	"Security updates are not installed automatically", // so that it stays so
	"Nothing bans addresses",
}

// patience is how long one act may take.
const patience = 3 * time.Minute

// Play plays the story by itself: two people at their clients, who do nothing
// that a person could not do. It tells what happens.
func (w *World) Play(ctx context.Context, story []string, out io.Writer) error {
	p := player{ws: w.Workspace, out: out}
	if err := p.within(ctx, func(ctx context.Context) error { return p.ws.WaitConnected(ctx, 1) }); err != nil {
		return fmt.Errorf("the bot does not connect: %w", err)
	}
	if err := p.within(ctx, p.scan); err != nil {
		return err
	}
	for _, title := range story {
		if err := p.within(ctx, func(ctx context.Context) error { return p.mend(ctx, title) }); err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
	}
	if err := p.within(ctx, p.scan); err != nil {
		return err
	}
	p.tell("\nThe story has been played. Look at the channel at %s", w.URL)
	return nil
}

type player struct {
	ws    *workspace.Workspace
	out   io.Writer
	found workspace.Message // the newest scan
}

func (p *player) tell(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

func (p *player) within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return do(ctx)
}

// scan types the command, and waits for what it finds.
func (p *player) scan(ctx context.Context) error {
	p.tell("\nalice: /harden scan web-*")
	seen := p.seen()
	if _, err := p.ws.As(alice).Command(ctx, ops, "/harden", "scan web-*"); err != nil {
		return err
	}
	found, err := p.waits(ctx, "the scan", func(m workspace.Message) bool {
		return !seen[m.TS] && m.ThreadTS == "" && strings.HasPrefix(m.RawText, "Scan of") && strings.Contains(m.RawText, "hosts,")
	})
	if err == nil {
		p.found = found
		p.tell("%s", indented(found.RawText))
	}
	return err
}

// mend presses Fix… beside a finding, approves the plan as bob, and waits for
// the end of its run.
func (p *player) mend(ctx context.Context, title string) error {
	var page workspace.Message
	var block string
	err := p.until(ctx, "the finding", func() (ok bool) {
		page, block, ok = p.button(title)
		return ok
	})
	if err != nil {
		return err
	}
	p.tell("\nalice presses Fix… beside: %s", title)
	seen := p.seen()
	if _, err := p.ws.As(alice).Click(ctx, page, "fix", workspace.InBlock(block)); err != nil {
		return err
	}
	plan, err := p.waits(ctx, "the plan", func(m workspace.Message) bool {
		return !seen[m.TS] && (slices.Contains(m.Buttons(), "approve") || strings.Contains(m.Text(), "There is no plan"))
	})
	if err != nil {
		return err
	}
	p.tell("%s", indented(plan.RawText))
	if !slices.Contains(plan.Buttons(), "approve") {
		return nil // the bot has said why there is nothing to approve
	}
	p.tell("bob presses Approve")
	if _, err := p.ws.As(bob).Click(ctx, plan, "approve", workspace.Accept()); err != nil {
		return err
	}
	ended, err := p.waits(ctx, "the end of the run", func(m workspace.Message) bool {
		return !seen[m.TS] && m.ThreadTS != "" && (strings.Contains(m.Text(), "Done on") || strings.Contains(m.Text(), "Stopped"))
	})
	if err == nil {
		p.tell("%s", indented(ended.RawText))
	}
	return err
}

// seen is the messages that the channel has, by their timestamps.
func (p *player) seen() map[string]bool {
	all := map[string]bool{}
	for _, m := range p.ws.Messages(ops) {
		all[m.TS] = true
	}
	return all
}

// waits returns the first message that matches.
func (p *player) waits(ctx context.Context, what string, match func(workspace.Message) bool) (found workspace.Message, err error) {
	err = p.until(ctx, what, func() bool {
		for _, m := range p.ws.Messages(ops) {
			if match(m) {
				found = m
				return true
			}
		}
		return false
	})
	return found, err
}

// until waits, and where that is in vain says what people see instead.
func (p *player) until(ctx context.Context, what string, done func() bool) error {
	if p.ws.Wait(ctx, done) == nil {
		return nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // somebody stops the demo
	}
	var said []string
	for _, list := range [][]workspace.Message{p.ws.Messages(ops), p.ws.Ephemerals(alice), p.ws.Ephemerals(bob)} {
		for _, m := range list[max(0, len(list)-3):] {
			said = append(said, m.RawText)
		}
	}
	return fmt.Errorf("%s did not come; the last that was said: %s", what, strings.ReplaceAll(strings.Join(said, " / "), "\n", " "))
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
