package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"slices"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// fatal lists Slack's answers to a token that will never be taken again.
var fatal = []string{"invalid_auth", "account_inactive", "not_authed", "token_revoked", "token_expired"}

func isFatal(err error) bool {
	var refused slack.SlackErrorResponse
	return errors.As(err, &refused) && slices.Contains(fatal, refused.Err)
}

// between two tries after a failure, and between two looks at a token that works.
const (
	retryConnect = 5 * time.Second
	recheckToken = time.Minute
)

// keepAuthorised asks Slack again and again whether it takes the bot token. It
// returns an error when Slack refuses it at the start. A token that is refused
// later is waited for: hosts that are being changed have to be finished.
func (b *Bot) keepAuthorised(ctx context.Context) error {
	for began := false; ; {
		wait := b.recheck
		answer, err := b.client.api.AuthTestContext(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case isFatal(err) && !began:
			return fmt.Errorf("the bot token is refused by Slack (%w): check slack.bot_token, and whether the app is still installed", err)
		case isFatal(err):
			b.refusals.note(b.log, botToken, err)
		case err != nil:
			b.log.Warn("Slack could not be asked about the bot token", "err", safe(err))
			wait = min(wait, retryConnect)
		default:
			began = true
			b.roster.settle(answer.TeamID)
			b.refusals.note(b.log, botToken, nil)
		}
		b.authorised.Store(err == nil)
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// Two sockets are open, so that there is always one while Slack renews the other,
// which it does every few hours. They are opened some time apart and so are renewed
// apart. Slack gives each delivery to one of them, and allows ten.
const (
	sockets = 2
	stagger = 30 * time.Second
)

// connect keeps the socket of that number open until ctx ends. The library
// reconnects; this starts it again where the library gives up. It returns an
// error when Slack refuses the app token before there ever was a socket.
func (b *Bot) connect(ctx context.Context, n int) error {
	if !sleep(ctx, time.Duration(n)*b.stagger) {
		return nil
	}
	for {
		err := b.runSocket(ctx)
		wait := retryConnect
		switch {
		case ctx.Err() != nil:
			return nil
		case isFatal(err) && !b.linked.Load():
			return fmt.Errorf("the app token is refused by Slack (%w): check slack.app_token, and that it has the scope connections:write", err)
		case isFatal(err):
			b.refusals.note(b.log, appToken, err)
			wait = b.recheck
		default:
			b.log.Warn("the socket to Slack ended; it is opened again", "socket", n, "err", safe(err))
		}
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// line is one socket.
type line struct {
	*Bot
	smc  *socketmode.Client
	open bool
}

func (b *Bot) runSocket(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &line{Bot: b, smc: socketmode.New(b.client.api, socketmode.OptionLog(log.New(io.Discard, "", 0)), socketmode.OptionReadLimit(4<<20))}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer l.up(false)
		for {
			select {
			case ev := <-l.smc.Events:
				if l.onSocket(ctx, ev); tooPatient(ev) {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	err := l.smc.RunContext(ctx)
	cancel()
	<-done
	return err
}

// tooPatient reports whether the library is about to wait for minutes, though
// Slack has not asked it to. Slack may be back long before.
func tooPatient(ev socketmode.Event) bool {
	failed, ok := ev.Data.(*slack.ConnectionErrorEvent)
	var limited *slack.RateLimitedError
	return ok && failed.Backoff > 6*retryConnect && !errors.As(failed.ErrorObj, &limited)
}

// up counts the socket while it is open.
func (l *line) up(is bool) {
	if is != l.open {
		l.open = is
		l.connected.add(is)
	}
}

// onSocket acknowledges an envelope and starts what it asks for.
func (l *line) onSocket(ctx context.Context, ev socketmode.Event) {
	switch ev.Type {
	case socketmode.EventTypeHello:
		l.up(true)
		l.linked.Store(true)
		l.refusals.note(l.log, appToken, nil)
		l.log.Info("connected to Slack")
	case socketmode.EventTypeDisconnect, socketmode.EventTypeConnecting:
		l.up(false)
	case socketmode.EventTypeErrorBadMessage:
		l.log.Warn("Slack sent something that could not be read")
	}
	if ev.Request == nil || ev.Request.EnvelopeID == "" {
		return
	}
	ic, _ := ev.Data.(slack.InteractionCallback) // nothing, if it is another thing
	reply := l.reply(ctx, ic)
	if err := l.smc.AckCtx(ctx, ev.Request.EnvelopeID, reply); err != nil {
		l.log.Warn("an envelope could not be acknowledged; Slack sends it again", "err", err)
		return
	}
	if reply != nil {
		return
	}
	l.work.start(func(ctx context.Context) {
		switch data := ev.Data.(type) {
		case slack.SlashCommand:
			l.onCommand(ctx, data)
		case slack.InteractionCallback:
			l.onInteraction(ctx, data)
		case slackevents.EventsAPIEvent:
			l.onEvent(ctx, data)
		}
	})
}
