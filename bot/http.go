package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// maxBody is more than Slack ever sends.
const maxBody = 1 << 20

// Handler serves /healthz and /readyz, and with ModeHTTP what Slack calls:
// /slack/commands, /slack/interactions and /slack/events.
func (b *Bot) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", b.readyz)
	if b.cfg.Mode == ModeHTTP {
		mux.HandleFunc("POST /slack/commands", b.signed(b.takeCommand))
		mux.HandleFunc("POST /slack/interactions", b.signed(b.takeInteraction))
		mux.HandleFunc("POST /slack/events", b.signed(b.takeEvent))
	}
	return mux
}

// readyz says whether Slack can reach the bot and the bot Slack.
func (b *Bot) readyz(w http.ResponseWriter, _ *http.Request) {
	if why := b.unready(); why != "" {
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "connected to Slack")
}

// signed lets through what Slack has signed, once. The answer goes out before
// take is called, unless take answers itself.
func (b *Bot) signed(take func(w http.ResponseWriter, body []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			http.Error(w, "the body could not be read", http.StatusBadRequest)
			return
		}
		if err := b.gate.check(req.Header, body); err != nil {
			b.log.Warn("a request was refused", "path", req.URL.Path, "from", req.RemoteAddr, "err", err)
			http.Error(w, "the signature is not valid", http.StatusUnauthorized)
			return
		}
		take(w, body)
	}
}

func (b *Bot) takeCommand(w http.ResponseWriter, body []byte) {
	w.WriteHeader(http.StatusOK)
	b.work.start(func(ctx context.Context) {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			b.log.Warn("a command could not be read", "err", err)
			return
		}
		b.onCommand(ctx, slack.SlashCommand{
			ChannelID: form.Get("channel_id"), UserID: form.Get("user_id"), UserName: form.Get("user_name"), TeamID: form.Get("team_id"),
			Command: form.Get("command"), Text: form.Get("text"),
			ResponseURL: form.Get("response_url"), TriggerID: form.Get("trigger_id"),
		})
	})
}

func (b *Bot) takeInteraction(w http.ResponseWriter, body []byte) {
	var ic slack.InteractionCallback
	form, err := url.ParseQuery(string(body))
	if err == nil {
		err = json.Unmarshal([]byte(form.Get("payload")), &ic)
	}
	if err != nil {
		b.log.Warn("an interaction could not be read", "err", err)
		http.Error(w, "the interaction could not be read", http.StatusBadRequest)
		return
	}
	if reply := b.reply(context.Background(), ic); reply != nil {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(reply); err != nil {
			b.log.Warn("Slack could not be told what is wrong in a view", "err", err)
		}
		return
	}
	w.WriteHeader(http.StatusOK)
	b.work.start(func(ctx context.Context) { b.onInteraction(ctx, ic) })
}

// takeEvent answers Slack's question whether this address is the bot's own.
func (b *Bot) takeEvent(w http.ResponseWriter, body []byte) {
	var question struct{ Type, Challenge string }
	if err := json.Unmarshal(body, &question); err != nil {
		http.Error(w, "the event is not JSON", http.StatusBadRequest)
		return
	}
	if question.Type == slackevents.URLVerification {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.Copy(w, strings.NewReader(question.Challenge))
		return
	}
	w.WriteHeader(http.StatusOK)
	b.work.start(func(ctx context.Context) {
		ev, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			b.log.Warn("an event could not be read", "err", err)
			return
		}
		b.onEvent(ctx, ev)
	})
}

// serve answers on the configured address until ctx ends.
func (b *Bot) serve(ctx context.Context) error {
	server := &http.Server{
		Addr: b.cfg.Listen, Handler: b.Handler(),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(grace); err != nil {
			b.log.Warn("requests were cut off", "err", err)
		}
	})
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listen on %s: %w", b.cfg.Listen, err)
	}
	<-stopped
	return nil
}
