package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"
)

// client is the mailer that talks to Slack.
type client struct {
	api     *slack.Client
	http    *http.Client
	apiHost string
}

func newClient(cfg Config) (*client, error) {
	c := &client{http: &http.Client{
		Timeout:       callTime,
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // Slack's API redirects nowhere
	}}
	options := []slack.Option{slack.OptionHTTPClient(c.http), slack.OptionAppLevelToken(cfg.AppToken)}
	if cfg.APIURL != "" {
		u, err := url.Parse(cfg.APIURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("the Slack API's URL %q must begin with https:// and name a host", cfg.APIURL)
		}
		c.apiHost = u.Host
		options = append(options, slack.OptionAPIURL(strings.TrimRight(cfg.APIURL, "/")+"/"))
	}
	c.api = slack.New(cfg.BotToken, options...)
	return c, nil
}

func (c *client) mail(ctx context.Context, l letter, ts, root string) (string, error) {
	content := slack.MsgOptionCompose(
		slack.MsgOptionText(l.Text, false),
		slack.MsgOptionBlocks(l.Blocks.BlockSet...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	)
	if ts != "" {
		_, ts, _, err := c.api.UpdateMessageContext(ctx, l.Channel, ts, content)
		return ts, err
	}
	options := []slack.MsgOption{content}
	if root != "" {
		options = append(options, slack.MsgOptionTS(root))
	}
	if l.Only != "" {
		return c.api.PostEphemeralContext(ctx, l.Channel, l.Only, options...)
	}
	_, ts, err := c.api.PostMessageContext(ctx, l.Channel, options...)
	return ts, err
}

// answer posts to a response URL, and to nothing that is not Slack's.
func (c *client) answer(ctx context.Context, responseURL, text string) error {
	u, err := url.Parse(responseURL)
	slacks := err == nil && (u.Scheme == "https" && u.Host == "hooks.slack.com" || c.apiHost != "" && u.Host == c.apiHost)
	if !slacks {
		return errors.New("the response URL is not one of Slack's")
	}
	return slack.PostWebhookCustomHTTPContext(ctx, responseURL, c.http, &slack.WebhookMessage{
		Text: text, ResponseType: slack.ResponseTypeEphemeral,
	})
}

// safe is an error for the log, without the address that was called: response
// URLs and connection URLs are secrets.
func safe(err error) error {
	var called *url.Error
	if errors.As(err, &called) {
		return called.Err
	}
	return err
}
