package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// The front door: every command, click, view and mention passes it, before
// anything else is looked at. Policy comes after.

// refused is a refusal by policy, in words for the person.
type refused string

func (r refused) Error() string { return string(r) }
func (refused) Unwrap() error   { return actions.ErrForbidden }

// untold is the refusal of somebody of whom Slack did not say who it is.
type untold struct{ refused }

// isRefused reports whether Slack has answered, and said no.
func isRefused(err error) bool {
	var said slack.SlackErrorResponse
	return errors.As(err, &said) && !slices.Contains(passing, said.Err)
}

// admitted reports whether somebody is a plain member of the bot's own team.
// Others are told why not, and it is audited.
func (b *Bot) admitted(ctx context.Context, who asker, doing string) bool {
	return b.letIn(ctx, who, doing, b.admit(ctx, who))
}

// admittedTo is the same for a command in words. A stop can only make things
// safer: while Slack does not say who somebody is, policy alone decides on it.
func (b *Bot) admittedTo(ctx context.Context, who asker, doing, text string) bool {
	err := b.admit(ctx, who)
	if cmd, wrong := ParseCommand(text); wrong == nil && cmd.Verb == "stop" && errors.As(err, &untold{}) {
		err = nil
	}
	return b.letIn(ctx, who, doing, err)
}

func (b *Bot) letIn(ctx context.Context, who asker, doing string, err error) bool {
	if err != nil {
		b.answer(ctx, who, doing, err)
		return false
	}
	b.groups.freshen(ctx, b.cfg.Policy, who.Person)
	return true
}

func (b *Bot) admit(ctx context.Context, who asker) error {
	home, err := b.roster.home(ctx)
	if err != nil {
		return b.unknown(who, err)
	}
	user, err := b.roster.who(ctx, who.Person.ID)
	if err != nil {
		return b.unknown(who, err)
	}
	if why := turnedAway(user, who.Team, home); why != "" {
		return refused("I take no word from " + why + ": only full members of the workspace that I am installed in can use hardenbot")
	}
	return nil
}

// unknown refuses somebody of whom Slack does not say who it is.
func (b *Bot) unknown(who asker, err error) error {
	b.log.Warn("Slack did not say who somebody is", "user", who.Person.ID, "err", safe(err))
	return untold{refused(fmt.Sprintf("Slack did not tell me who you are (%s), so nothing was done; please try again in a minute. Only /harden stop works meanwhile",
		code(shortly(err), 60)))}
}

// shortly is what went wrong in a word or two that hold no secret.
func shortly(err error) string {
	var said slack.SlackErrorResponse
	var limited *slack.RateLimitedError
	switch {
	case errors.As(err, &said):
		return said.Err
	case errors.As(err, &limited):
		return "ratelimited"
	}
	return "no answer"
}

// turnedAway names the kind of people that somebody is turned away with, or
// nothing. from is the team that the delivery names, if it does. In an
// Enterprise Grid organization a person belongs to several teams.
func turnedAway(user slack.User, from, home string) string {
	member := user.TeamID == home || slices.Contains(user.Enterprise.Teams, home)
	elsewhere := from != "" && from != home && !slices.Contains(user.Enterprise.Teams, from)
	switch {
	case user.ID == "" || home == "":
		return "people whom I cannot tell"
	case user.Deleted:
		return "accounts that were deactivated"
	case user.IsBot, user.IsAppUser, user.IsWorkflowBot, user.ID == "USLACKBOT":
		return "bots"
	case user.IsStranger, !member, elsewhere:
		return "people of other workspaces"
	case user.IsRestricted, user.IsUltraRestricted:
		return "guests"
	}
	return ""
}
