package page

import (
	"errors"

	"hardenbot/bot/workspace"
)

// told says to a person what each refusal of the workspace means.
var told = []struct {
	err  error
	says string
}{
	{workspace.ErrTimeout, "The app did not respond in time (operation_timeout). Try again."},
	{workspace.ErrDispatch, "The app could not be reached (dispatch_failed). Try again."},
	{workspace.ErrUnknownCommand, "That is not a command of this workspace. Whatever begins with / is read as a command."},
	{workspace.ErrNotInThreads, "Commands cannot be used in threads. Type it in the channel."},
	{workspace.ErrNothing, "There is nothing to send."},
	{workspace.ErrNotVisible, "You cannot do this here: you are not in the channel, or another window is in front."},
	{workspace.ErrGone, "It is not there any more."},
	{workspace.ErrNoElement, "This has changed in the meantime. Look again."},
	{workspace.ErrNotConfirmed, "This has to be confirmed first."},
	{workspace.ErrBadInput, "The form does not take what was filled in."},
	{workspace.ErrClosed, "The workspace has ended."},
}

// sentence is what the person is told of an error.
func sentence(err error) string {
	for _, t := range told {
		if errors.Is(err, t.err) {
			return t.says
		}
	}
	return "That did not work: " + err.Error()
}

// notAnswered says whether the app failed to acknowledge.
func notAnswered(err error) bool {
	return errors.Is(err, workspace.ErrTimeout) || errors.Is(err, workspace.ErrDispatch)
}
