package workspace_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

func TestMessageLife(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	m := post(t, ws, api, section("hello <@"+workspacetest.Alice+"> &amp; <https://example.org|docs>"))
	if got, want := m.Text(), "text\nhello @alice & docs"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	_, reply, err := api.PostMessage(m.Channel, slack.MsgOptionText("reply", false), slack.MsgOptionTS(m.TS))
	must(t, err)
	_, _, _, err = api.UpdateMessage(m.Channel, m.TS, slack.MsgOptionText("changed", false), slack.MsgOptionBlocks(section("new")))
	must(t, err)
	thread := ws.Thread(m.Channel, m.TS)
	if len(thread) != 2 || thread[1].TS != reply || thread[0].Text() != "changed\nnew" {
		t.Fatalf("thread %+v", thread)
	}
	if e := thread[0].Edits; len(e) != 1 || e[0].RawText != "text" || !strings.Contains(string(e[0].Blocks), "hello") {
		t.Errorf("edits %+v", e)
	}
	link, err := api.GetPermalink(&slack.PermalinkParameters{Channel: m.Channel, Ts: m.TS})
	must(t, err)
	if !strings.HasSuffix(link, "/archives/"+m.Channel+"/p"+strings.ReplaceAll(m.TS, ".", "")) {
		t.Errorf("permalink %s", link)
	}
	_, _, err = api.DeleteMessage(m.Channel, m.TS)
	must(t, err)
	if old, _ := ws.Message(m.Channel, m.TS); !old.Deleted || len(ws.Messages(m.Channel)) != 1 {
		t.Error("the deleted message is still shown")
	}
	_, _, _, err = api.UpdateMessage(m.Channel, m.TS, slack.MsgOptionText("again", false))
	wantError(t, err, "message_not_found")
}

func TestUpdateKeepsBlocksUnlessGiven(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	m := post(t, ws, api, button("approve", "1", "Approve", nil))
	_, _, _, err := api.UpdateMessage(m.Channel, m.TS, slack.MsgOptionText("only text", false))
	must(t, err)
	if now, _ := ws.Message(m.Channel, m.TS); len(now.Buttons()) != 1 {
		t.Errorf("blocks %s, want the button kept", now.Blocks)
	}
	_, _, _, err = api.UpdateMessage(m.Channel, m.TS, slack.MsgOptionText("no blocks", false), slack.MsgOptionBlocks([]slack.Block{}...))
	must(t, err)
	if now, _ := ws.Message(m.Channel, m.TS); len(now.Buttons()) != 0 {
		t.Errorf("blocks %s, want none", now.Blocks)
	}
}

func TestDirectory(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	who, err := api.AuthTest()
	must(t, err)
	if who.UserID != workspacetest.Bot || who.TeamID != "T0TEAM" {
		t.Errorf("auth.test %+v", who)
	}
	u, err := api.GetUserInfo(workspacetest.Bob)
	must(t, err)
	users, err := api.GetUsers()
	must(t, err)
	if u.Profile.DisplayName != "bob" || u.Profile.Email != "" || len(users) != 4 || !users[3].IsBot {
		t.Errorf("bob %+v of %d", u, len(users))
	}
	groups, err := api.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true))
	must(t, err)
	members, err := api.GetUserGroupMembers(workspacetest.Approvers)
	must(t, err)
	if want := []string{workspacetest.Bob, workspacetest.Carol}; !reflect.DeepEqual(members, want) || !reflect.DeepEqual(groups[0].Users, want) {
		t.Errorf("group %v %v", members, groups)
	}
	channels, _, err := api.GetConversations(&slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}})
	must(t, err)
	if len(channels) != 3 || !channels[0].IsMember || channels[1].IsMember || !channels[2].IsPrivate {
		t.Errorf("channels %+v", channels)
	}
	inOps, next, err := api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: workspacetest.Ops, Limit: 3})
	must(t, err)
	rest, _, err := api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: workspacetest.Ops, Limit: 3, Cursor: next})
	must(t, err)
	if len(inOps) != 3 || len(rest) != 1 {
		t.Errorf("members %v and %v", inOps, rest)
	}
	dm, _, _, err := api.OpenConversation(&slack.OpenConversationParameters{Users: []string{workspacetest.Alice}})
	must(t, err)
	_, _, err = api.PostMessage(workspacetest.Alice, slack.MsgOptionText("psst", false))
	must(t, err)
	if got := ws.Messages(dm.ID); len(got) != 1 || ws.As(workspacetest.Alice).DM() != dm.ID {
		t.Errorf("direct messages %v", got)
	}
	bot, err := api.GetBotInfo(slack.GetBotInfoParameters{Bot: "B0BOT"})
	must(t, err)
	if bot.UserID != workspacetest.Bot {
		t.Errorf("bot %+v", bot)
	}
}

func TestHistoryAndReplies(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	root, err := ws.As(workspacetest.Alice).Say(workspacetest.Ops, "root", "")
	must(t, err)
	_, err = ws.As(workspacetest.Bob).Say(workspacetest.Ops, "reply", root.TS)
	must(t, err)
	last, err := ws.As(workspacetest.Carol).Say(workspacetest.Ops, "last", "")
	must(t, err)
	h, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: workspacetest.Ops})
	must(t, err)
	if len(h.Messages) != 2 || h.Messages[0].Text != "last" || h.Messages[1].User != workspacetest.Alice {
		t.Errorf("history %+v", h.Messages)
	}
	h, err = api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: workspacetest.Ops, Oldest: last.TS, Inclusive: true})
	must(t, err)
	if len(h.Messages) != 1 {
		t.Errorf("history since the last %+v", h.Messages)
	}
	thread, _, _, err := api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: workspacetest.Ops, Timestamp: root.TS})
	must(t, err)
	if len(thread) != 2 || thread[1].Text != "reply" {
		t.Errorf("replies %+v", thread)
	}
}

func TestReactionsAndFiles(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	m := post(t, ws, api, section("x"))
	must(t, api.AddReaction("eyes", slack.NewRefToMessage(m.Channel, m.TS)))
	wantError(t, api.AddReaction("eyes", slack.NewRefToMessage(m.Channel, m.TS)), "already_reacted")
	if now, _ := ws.Message(m.Channel, m.TS); !reflect.DeepEqual(now.Reactions, []workspace.Reaction{{Name: "eyes", Users: []string{workspacetest.Bot}}}) {
		t.Errorf("reactions %v", now.Reactions)
	}
	must(t, api.RemoveReaction("eyes", slack.NewRefToMessage(m.Channel, m.TS)))

	content := []byte("host,finding\nweb-1,mysql\n")
	up, err := api.GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: "report.csv", FileSize: len(content)})
	must(t, err)
	if status := upload(t, up.UploadURL, content[1:]); status != http.StatusBadRequest {
		t.Errorf("a short upload got %d", status)
	}
	if status := upload(t, up.UploadURL, content); status != http.StatusOK {
		t.Errorf("the upload got %d", status)
	}
	complete := slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: up.FileID, Title: "Report"}}, Channel: m.Channel, ThreadTimestamp: m.TS}
	_, err = api.CompleteUploadExternalContext(t.Context(), complete)
	must(t, err)
	_, err = api.CompleteUploadExternalContext(t.Context(), complete)
	wantError(t, err, "file_not_found")
	thread := ws.Thread(m.Channel, m.TS)
	if len(thread) != 2 || len(thread[1].Files) != 1 || !bytes.Equal(thread[1].Files[0].Content, content) {
		t.Errorf("thread %+v", thread)
	}
}

func upload(t *testing.T, address string, content []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(content))
	must(t, err)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

// The official client for Node.js sends a form with one part, named body.
func TestUploadAsForm(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	up, err := api.GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: "a.csv", FileSize: 4})
	must(t, err)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormField("body")
	must(t, err)
	_, err = part.Write([]byte("a,b\n"))
	must(t, err)
	must(t, w.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, up.UploadURL, &form)
	must(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the upload got %s", resp.Status)
	}
}

// TestRefusals sends raw requests, as a careless client would.
func TestRefusals(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	ws.SetRate("chat.postMessage", workspace.Rate{})
	api := newClient(t, ws)
	own := post(t, ws, api, section("x"))
	alices, err := ws.As(workspacetest.Alice).Say(workspacetest.Ops, "mine", "")
	must(t, err)
	ephemeral, err := api.PostEphemeral(workspacetest.Ops, workspacetest.Bob, slack.MsgOptionText("psst", false))
	must(t, err)

	form := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	ops := workspacetest.Ops
	for _, tt := range []struct {
		name, method, token string
		args                url.Values
		want                string
	}{
		{"no token", "auth.test", "", nil, "not_authed"},
		{"wrong token", "auth.test", "xoxb-other", nil, "invalid_auth"},
		{"bot token for a connection", "apps.connections.open", workspacetest.BotToken, nil, "not_allowed_token_type"},
		{"app token for a message", "chat.postMessage", workspacetest.AppToken, form("channel", ops, "text", "x"), "not_allowed_token_type"},
		{"unknown method", "chat.scheduleMessage", workspacetest.BotToken, form("channel", ops), "unknown_method"},
		{"no channel", "chat.postMessage", workspacetest.BotToken, form("text", "x"), "invalid_arguments"},
		{"unknown channel", "chat.postMessage", workspacetest.BotToken, form("channel", "C9", "text", "x"), "channel_not_found"},
		{"a channel name", "chat.postMessage", workspacetest.BotToken, form("channel", "#ops", "text", "x"), "channel_not_found"},
		{"not in channel", "chat.postMessage", workspacetest.BotToken, form("channel", workspacetest.Random, "text", "x"), "not_in_channel"},
		{"no text", "chat.postMessage", workspacetest.BotToken, form("channel", ops), "no_text"},
		{"empty blocks", "chat.postMessage", workspacetest.BotToken, form("channel", ops, "blocks", "[]"), "no_text"},
		{"blocks no list", "chat.postMessage", workspacetest.BotToken, form("channel", ops, "blocks", `{"type":"divider"}`), "invalid_blocks_format"},
		{"unknown thread", "chat.postMessage", workspacetest.BotToken, form("channel", ops, "text", "x", "thread_ts", "1.000000"), "thread_not_found"},
		{"blocks too long", "chat.postMessage", workspacetest.BotToken, form("channel", ops, "blocks", manySections(5, 2900)), "msg_blocks_too_long"},
		{"bad metadata", "chat.postMessage", workspacetest.BotToken, form("channel", ops, "text", "x", "metadata", "{"), "invalid_metadata_format"},
		{"other name", "chat.postMessage", workspacetest.BotToken, form("channel", ops, "text", "x", "username", "root"), "missing_scope"},
		{"update another's", "chat.update", workspacetest.BotToken, form("channel", ops, "ts", alices.TS, "text", "x"), "cant_update_message"},
		{"update too long", "chat.update", workspacetest.BotToken, form("channel", ops, "ts", own.TS, "text", strings.Repeat("x", 4001)), "msg_too_long"},
		{"update nothing", "chat.update", workspacetest.BotToken, form("channel", ops, "ts", own.TS), "no_text"},
		{"update ephemeral", "chat.update", workspacetest.BotToken, form("channel", ops, "ts", ephemeral, "text", "x"), "message_not_found"},
		{"delete another's", "chat.delete", workspacetest.BotToken, form("channel", ops, "ts", alices.TS), "cant_delete_message"},
		{"ephemeral to a stranger", "chat.postEphemeral", workspacetest.BotToken, form("channel", workspacetest.Private, "user", workspacetest.Carol, "text", "x"), "user_not_in_channel"},
		{"unknown user", "users.info", workspacetest.BotToken, form("user", "U9"), "user_not_found"},
		{"unknown group", "usergroups.users.list", workspacetest.BotToken, form("usergroup", "S9"), "no_such_subteam"},
		{"bad page", "users.list", workspacetest.BotToken, form("limit", "many"), "invalid_limit"},
		{"unknown reaction target", "reactions.add", workspacetest.BotToken, form("name", "eyes", "channel", ops, "timestamp", "1.0"), "message_not_found"},
		{"history from outside", "conversations.history", workspacetest.BotToken, form("channel", workspacetest.Random), "not_in_channel"},
		{"unknown trigger", "views.open", workspacetest.BotToken, form("trigger_id", "1.2", "view", "{}"), "invalid_trigger_id"},
		{"unknown view", "views.update", workspacetest.BotToken, form("view_id", "V9", "view", "{}"), "not_found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := call(t, ws, tt.method, tt.token, "application/x-www-form-urlencoded", tt.args.Encode())
			if !strings.Contains(body, `"error":"`+tt.want+`"`) || !strings.Contains(body, `"ok":false`) {
				t.Errorf("%s, want %s", body, tt.want)
			}
		})
	}
	unknown := slices.IndexFunc(ws.Calls(), func(c workspace.Call) bool { return c.Method == "chat.scheduleMessage" })
	if unknown < 0 || ws.Calls()[unknown].Error != "unknown_method" {
		t.Errorf("the unknown method is not in the journal")
	}
}

func call(t *testing.T, ws *workspace.Workspace, method, token, kind, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ws.APIURL()+method, strings.NewReader(body))
	must(t, err)
	req.Close = true
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	return string(answer)
}

// manySections is a list of section blocks with text of n characters each.
func manySections(blocks, n int) string {
	one := `{"type":"section","text":{"type":"mrkdwn","text":"` + strings.Repeat("x", n) + `"}}`
	return "[" + strings.Repeat(one+",", blocks-1) + one + "]"
}

func TestJSONBodies(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	for _, tt := range []struct{ name, method, token, body, want string }{
		{"a list of blocks", "chat.postMessage", workspacetest.BotToken, `{"channel":"C0OPS","blocks":[{"type":"divider"}]}`, `"ok":true`},
		{"blocks as text", "chat.postMessage", workspacetest.BotToken, `{"channel":"C0OPS","blocks":"[{\"type\":\"divider\"}]"}`, `"ok":true`},
		{"no JSON", "chat.postMessage", workspacetest.BotToken, `{`, `"error":"invalid_json"`},
		{"token in the body", "chat.postMessage", "", `{"token":"xoxb-test","channel":"C0OPS","text":"x"}`, `"error":"not_authed"`},
		{"a method that reads forms only", "users.info", workspacetest.BotToken, `{"user":"U0BOB"}`, "missing required field: user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := call(t, ws, tt.method, tt.token, "application/json; charset=utf-8", tt.body); !strings.Contains(got, tt.want) {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestLongTextIsCutWithAWarning(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	body := call(t, ws, "chat.postMessage", workspacetest.BotToken, "application/x-www-form-urlencoded",
		url.Values{"channel": {workspacetest.Ops}, "text": {strings.Repeat("é", 40_001)}}.Encode())
	if !strings.Contains(body, `"warning":"message_truncated"`) {
		t.Errorf("no warning in %.100s", body)
	}
	if n := len([]rune(ws.Messages(workspacetest.Ops)[0].RawText)); n != 40_000 {
		t.Errorf("%d characters", n)
	}
}

func TestScopes(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.BotScopes = []string{"chat:write", "channels:read"}
	ws := workspacetest.Start(t, cfg)
	api := newClient(t, ws)
	_, err := api.GetUserInfo(workspacetest.Bob)
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != "missing_scope" || refused.Needed != "users:read" || refused.Provided != "chat:write,channels:read" {
		t.Errorf("users.info: %+v", err)
	}
	_, err = api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: workspacetest.Ops})
	must(t, err)
	_, err = api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: workspacetest.Private})
	wantError(t, err, "missing_scope")
	var needed []string
	for _, c := range ws.Calls() {
		needed = append(needed, c.Scopes...)
	}
	if want := []string{"users:read", "channels:read", "groups:read"}; !reflect.DeepEqual(needed, want) {
		t.Errorf("scopes %v, want %v", needed, want)
	}
	if _, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", ""); !errors.Is(err, workspace.ErrUnknownCommand) {
		t.Errorf("a command without the commands scope: %v", err)
	}
}

func TestRates(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	say := func() error {
		_, _, err := api.PostMessage(workspacetest.Ops, slack.MsgOptionText("x", false))
		return err
	}
	ws.SetRate("chat.postMessage", workspace.Rate{Every: time.Hour, Burst: 2})
	must(t, say())
	must(t, say())
	var limited *slack.RateLimitedError
	if err := say(); !errors.As(err, &limited) || limited.RetryAfter < 59*time.Minute {
		t.Fatalf("third message: %v", err)
	}
	_, _, err := api.PostMessage(workspacetest.Private, slack.MsgOptionText("another channel", false))
	must(t, err)
	ws.Advance(time.Hour)
	must(t, say())
	ws.SetRate("chat.postMessage", workspace.Rate{})
	for range 10 {
		must(t, say())
	}
	ws.RateLimitNext(1, 7*time.Second, "chat.postMessage")
	if err := say(); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("forced limit: %v", err)
	}
	must(t, say())
}

func TestDefaultRateOfMessages(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	cfg := workspacetest.Config()
	cfg.Now = func() time.Time { return now }
	ws := workspacetest.Start(t, cfg)
	api := newClient(t, ws)
	passed := 0
	for range 8 {
		if _, _, err := api.PostMessage(workspacetest.Ops, slack.MsgOptionText("x", false)); err == nil {
			passed++
		}
	}
	ws.Advance(time.Second)
	_, _, err := api.PostMessage(workspacetest.Ops, slack.MsgOptionText("x", false))
	must(t, err)
	if passed != 5 {
		t.Errorf("%d messages at once, want 5", passed)
	}
}

func TestFaults(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	api := newClient(t, ws)
	say := func() error {
		_, _, err := api.PostMessage(workspacetest.Ops, slack.MsgOptionText("x", false))
		return err
	}
	var status slack.StatusCodeError
	ws.Down(true)
	if err := say(); !errors.As(err, &status) || status.Code != http.StatusServiceUnavailable {
		t.Errorf("down: %v", err)
	}
	ws.Down(false)
	ws.Refuse(true)
	if err := say(); err == nil || errors.As(err, new(slack.StatusCodeError)) {
		t.Errorf("refused: %v, want no answer at all", err)
	}
	ws.Refuse(false)
	status = slack.StatusCodeError{}
	ws.BreakNext(1)
	if err := say(); !errors.As(err, &status) || status.Code != http.StatusInternalServerError {
		t.Errorf("broken: %v", err)
	}
	ws.FailNext(1, "fatal_error", "chat.update", "chat.postMessage")
	wantError(t, say(), "fatal_error")
	if n := len(ws.Messages(workspacetest.Ops)); n != 0 {
		t.Fatalf("%d messages, want none", n)
	}
	ws.LoseAnswers(1, "chat.postMessage")
	if err := say(); err == nil {
		t.Error("a lost answer came through")
	}
	if n := len(ws.Messages(workspacetest.Ops)); n != 1 {
		t.Errorf("%d messages, want the one whose answer was lost", n)
	}
	must(t, say())
}
