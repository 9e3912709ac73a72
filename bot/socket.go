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
// returns an error when Slack never will.
func (b *Bot) keepAuthorised(ctx context.Context) error {
	for {
		wait := recheckToken
		_, err := b.client.api.AuthTestContext(ctx)
		if isFatal(err) {
			return fmt.Errorf("the bot token is refused by Slack (%w): check slack.bot_token, and whether the app is still installed", err)
		}
		if err != nil && ctx.Err() == nil {
			b.log.Warn("Slack could not be asked about the bot token", "err", safe(err))
			wait = retryConnect
		}
		b.authorised.Store(err == nil)
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// connect keeps a socket open until ctx ends. The library reconnects; this
// starts it again where the library gives up, unless the token is refused.
func (b *Bot) connect(ctx context.Context) error {
	for {
		err := b.runSocket(ctx)
		b.connected.Store(false)
		if ctx.Err() != nil {
			return nil
		}
		if isFatal(err) {
			return fmt.Errorf("the app token is refused by Slack (%w): check slack.app_token, and that it has the scope connections:write", err)
		}
		b.log.Warn("the socket to Slack ended; it is opened again", "err", safe(err))
		if !sleep(ctx, retryConnect) {
			return nil
		}
	}
}

func (b *Bot) runSocket(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	smc := socketmode.New(b.client.api, socketmode.OptionLog(log.New(io.Discard, "", 0)), socketmode.OptionReadLimit(4<<20))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case ev := <-smc.Events:
				b.onSocket(ctx, smc, ev)
			case <-ctx.Done():
				return
			}
		}
	}()
	err := smc.RunContext(ctx)
	cancel()
	<-done
	return err
}

// onSocket acknowledges an envelope and starts what it asks for.
func (b *Bot) onSocket(ctx context.Context, smc *socketmode.Client, ev socketmode.Event) {
	switch ev.Type {
	case socketmode.EventTypeHello:
		b.connected.Store(true)
		b.log.Info("connected to Slack")
	case socketmode.EventTypeDisconnect, socketmode.EventTypeConnecting:
		b.connected.Store(false)
	case socketmode.EventTypeErrorBadMessage:
		b.log.Warn("Slack sent something that could not be read")
	}
	if ev.Request == nil || ev.Request.EnvelopeID == "" {
		return
	}
	ic, _ := ev.Data.(slack.InteractionCallback) // nothing, if it is another thing
	reply := b.reply(ctx, ic)
	if err := smc.AckCtx(ctx, ev.Request.EnvelopeID, reply); err != nil {
		b.log.Warn("an envelope could not be acknowledged; Slack sends it again", "err", err)
		return
	}
	if reply != nil {
		return
	}
	b.work.start(func(ctx context.Context) {
		switch data := ev.Data.(type) {
		case slack.SlashCommand:
			b.onCommand(ctx, data)
		case slack.InteractionCallback:
			b.onInteraction(ctx, data)
		case slackevents.EventsAPIEvent:
			b.onEvent(ctx, data)
		}
	})
}
