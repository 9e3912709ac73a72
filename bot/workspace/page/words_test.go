package page

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hardenbot/bot/workspace"
)

func TestSentence(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("click approve: %w", workspace.ErrNoElement), "Look again."},
		{fmt.Errorf("/scan: %w", workspace.ErrUnknownCommand), "not a command"},
		{workspace.ErrTimeout, "operation_timeout"},
		{workspace.ErrDispatch, "dispatch_failed"},
		{errors.New("already_reacted"), "already_reacted"},
	} {
		if got := sentence(tt.err); !strings.Contains(got, tt.want) {
			t.Errorf("%v is told as %q", tt.err, got)
		}
	}
}
