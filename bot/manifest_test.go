package bot

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

// methodScopes says which scope each method of Slack's API needs that package
// bot calls, by the name that the library has for it. Empty: none.
// Source: Slack's reference of each method.
var methodScopes = map[string]string{
	"AuthTestContext":      "",
	"GetPermalinkContext":  "",
	"GetUserGroupsContext": "usergroups:read",
	"GetUserInfoContext":   "users:read",
	"OpenViewContext":      "",
	"PostEphemeralContext": "chat:write",
	"PostMessageContext":   "chat:write",
	"PublishViewContext":   "",
	"UpdateMessageContext": "chat:write",
}

// eventTypes says as what Slack knows the events that package bot hears, and
// which scope each needs.
var eventTypes = map[string]struct{ name, scope string }{
	"AppHomeOpenedEvent":         {"app_home_opened", ""},
	"AppMentionEvent":            {"app_mention", "app_mentions:read"},
	"SubteamMembersChangedEvent": {"subteam_members_changed", "usergroups:read"},
	"SubteamUpdatedEvent":        {"subteam_updated", "usergroups:read"},
}

// uses finds what the package's code calls of Slack's API, and which events it
// looks at.
func uses(t *testing.T) (methods, events map[string]bool) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files: ", err)
	}
	client := reflect.TypeFor[*slack.Client]()
	methods, events = map[string]bool{}, map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name := selector.Sel.Name
			if _, is := client.MethodByName(name); is && strings.HasSuffix(name, "Context") {
				methods[name] = true
			}
			of, _ := selector.X.(*ast.Ident)
			if of != nil && of.Name == "slackevents" && strings.HasSuffix(name, "Event") && name != "ParseEvent" && !strings.HasPrefix(name, "EventsAPI") {
				events[name] = true
			}
			return true
		})
	}
	return methods, events
}

// The code needs every scope that it asks for, and asks for every one that it
// needs; and so with the events. Package deploy compares these lists with the
// app's manifest.
func TestScopesAndEventsAreThoseInUse(t *testing.T) {
	methods, events := uses(t)
	scopes, names := map[string]bool{"commands": true}, map[string]bool{} // the slash command and the shortcut
	for m := range methods {
		scope, known := methodScopes[m]
		if !known {
			t.Errorf("say in methodScopes which scope %s needs", m)
		}
		if scope != "" {
			scopes[scope] = true
		}
	}
	for m := range methodScopes {
		if !methods[m] {
			t.Errorf("%s is not called any more: take it out of methodScopes", m)
		}
	}
	for e := range events {
		known, ok := eventTypes[e]
		if !ok {
			t.Errorf("say in eventTypes what %s is", e)
		}
		names[known.name] = true
		if known.scope != "" {
			scopes[known.scope] = true
		}
	}
	if want := slices.Sorted(maps.Keys(scopes)); !slices.Equal(slices.Sorted(slices.Values(Scopes)), want) {
		t.Errorf("Scopes is %v, and %v are used", Scopes, want)
	}
	if want := slices.Sorted(maps.Keys(names)); !slices.Equal(slices.Sorted(slices.Values(Events)), want) {
		t.Errorf("Events is %v, and %v are used", Events, want)
	}
}
