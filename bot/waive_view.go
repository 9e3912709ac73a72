package bot

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// The parts of the window in which a waiver is asked for: ids of its blocks and
// of their inputs. Those of actions.WaiverRequest.Faults are among them.
const (
	partScope  = "scope"
	partHosts  = "hosts"
	partOwner  = "owner"
	partReason = "reason"
	partUntil  = "until"
)

// The values of partScope.
const (
	scopeFinding = "finding"
	scopeRemedy  = "remedy"
)

const (
	waiverTime   = 30 * 24 * time.Hour // that the window proposes
	maxBoxes     = 10                  // hosts with a box each; more stand in a list
	maxOffered   = 500                 // hosts in that list
	maxGroup     = 100                 // options that Slack takes in a group
	maxOptionLen = 75
)

// waiveView asks what is to be accepted, where, why, until when, and who
// answers for it. All hosts of the group are chosen beforehand. remedy is the
// title of all that the remedy finds.
func waiveView(g actions.Group, remedy string, owner actions.Person, now time.Time) slack.ModalViewRequest {
	about := fmt.Sprintf("*%s*\nA second engineer has to approve. It stays visible as waived, and comes back by itself when its time is up. "+
		"Until then what comes to it (another package, another port of the kind) is waived too, but nothing that is more urgent.", words(g.Title, 150))
	if more := len(g.Members) - maxOffered; more > 0 {
		about += fmt.Sprintf("\n%s more have it; they do not fit in here. Scan fewer hosts at a time to waive it there.", count(more, "host"))
	}
	blocks := []slack.Block{section(about)}
	if g.Subject != "" {
		blocks = append(blocks, part(partScope, "What", "", scopes(g, remedy)))
	}
	reason := slack.NewPlainTextInputBlockElement(plainText("Why can this be accepted for now?"), partReason)
	reason.Multiline, reason.MinLength, reason.MaxLength = true, actions.MinReason, actions.MaxReason
	user := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plainText("Who answers for it"), partOwner)
	if userID.MatchString(owner.ID) {
		user.InitialUser = owner.ID
	}
	until := slack.NewDatePickerBlockElement(partUntil)
	until.InitialDate = now.Add(waiverTime).UTC().Format(time.DateOnly)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewWaive,
		Title: plainText("Waive a finding"), Submit: plainText("Ask for approval"), Close: plainText("Cancel"),
		Blocks: slack.Blocks{BlockSet: append(blocks,
			part(partHosts, "Hosts", "", hostChoice(g)),
			part(partOwner, "Owner", "Answers for it, is told a week before it ends, and can end it.", user),
			part(partReason, "Reason", "", reason),
			part(partUntil, "Until", "At most a year away. It ends at noon, UTC.", until),
		)},
	}
}

func part(id, label, hint string, input slack.BlockElement) slack.Block {
	block := slack.NewInputBlock(id, plainText(label), nil, input)
	if hint != "" {
		block.Hint = plainText(hint)
	}
	return block
}

func scopes(g actions.Group, remedy string) slack.BlockElement {
	this := slack.NewOptionBlockObject(scopeFinding, plainText("This finding alone"), optionText(g.Title))
	all := slack.NewOptionBlockObject(scopeRemedy, plainText("All findings of its kind, those to come too"), optionText(remedy))
	choice := slack.NewRadioButtonsBlockElement(partScope, this, all)
	choice.InitialOption = this
	return choice
}

// hostChoice offers the hosts. An option's value is the id of the host's finding.
func hostChoice(g actions.Group) slack.BlockElement {
	var options []*slack.OptionBlockObject
	for _, f := range g.Members[:min(len(g.Members), maxOffered)] {
		options = append(options, slack.NewOptionBlockObject(f.ID, optionText(f.Host), nil))
	}
	if len(options) <= maxBoxes {
		boxes := slack.NewCheckboxGroupsBlockElement(partHosts, options...)
		boxes.InitialOptions = options
		return boxes
	}
	var groups []*slack.OptionGroupBlockObject
	for from := 0; from < len(options); from += maxGroup {
		to := min(from+maxGroup, len(options))
		groups = append(groups, slack.NewOptionGroupBlockElement(plainText(fmt.Sprintf("%d to %d", from+1, to)), options[from:to]...))
	}
	list := slack.NewOptionsGroupMultiSelectBlockElement(slack.MultiOptTypeStatic, plainText("Hosts"), partHosts, groups...)
	list.InitialOptions = options
	return list
}

// optionText is never empty: Slack takes no empty text.
func optionText(s string) *slack.TextBlockObject {
	return plainText(cmp.Or(plain(s, maxOptionLen), "–"))
}

// filledIn is what somebody has put into the window. Hosts are the ids of
// their findings.
func filledIn(who actions.Person, view slack.View) actions.WaiverRequest {
	value := func(id string) slack.BlockAction {
		if view.State == nil {
			return slack.BlockAction{}
		}
		return view.State.Values[id][id]
	}
	req := actions.WaiverRequest{
		Requester: who, Owner: actions.Person{ID: value(partOwner).SelectedUser},
		Reason: strings.TrimSpace(value(partReason).Value), Until: noonOf(value(partUntil).SelectedDate),
		Whole: value(partScope).SelectedOption.Value == scopeRemedy,
	}
	if req.Owner.ID == who.ID {
		req.Owner = who
	}
	for _, option := range value(partHosts).SelectedOptions {
		req.Hosts = append(req.Hosts, option.Value)
	}
	return req
}

// noonOf is 12:00 UTC of the day, which is the same day nearly everywhere. It is
// zero if there is no such day.
func noonOf(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}
