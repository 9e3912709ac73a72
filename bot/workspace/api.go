package workspace

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// method is one Web API method. do runs with Workspace.mu held.
type method struct {
	scope string // "" if none, or if do asks for it by itself
	app   bool   // takes the app token, not the bot token
	json  bool   // reads a JSON body as well as a form
	rate  Rate
	each  string // the argument that each get a rate of their own
	do    func(*call) (object, error)
}

// methods is everything that the workspace knows of the Web API, with the scope
// and the rate tier that Slack's method reference gives.
func methods() map[string]method {
	return map[string]method{
		"api.test":                     {json: true, rate: tier4, do: apiTest},
		"auth.test":                    {json: true, do: authTest},
		"apps.connections.open":        {app: true, json: true, do: openConnection},
		"bots.info":                    {scope: "users:read", rate: tier3, do: botInfo},
		"chat.delete":                  {scope: "chat:write", json: true, rate: tier3, do: deleteMessage},
		"chat.getPermalink":            {do: permalink},
		"chat.postEphemeral":           {scope: "chat:write", json: true, rate: tier4, do: postEphemeral},
		"chat.postMessage":             {scope: "chat:write", json: true, rate: postRate, each: "channel", do: postMessage},
		"chat.update":                  {scope: "chat:write", json: true, rate: tier3, do: updateMessage},
		"conversations.history":        {rate: tier3, do: history},
		"conversations.info":           {rate: tier3, do: conversationInfo},
		"conversations.list":           {rate: tier2, do: listConversations},
		"conversations.members":        {rate: tier4, do: conversationMembers},
		"conversations.open":           {scope: "im:write", json: true, rate: tier3, do: openConversation},
		"conversations.replies":        {rate: tier3, do: replies},
		"files.completeUploadExternal": {scope: "files:write", json: true, rate: tier4, do: completeUpload},
		"files.getUploadURLExternal":   {scope: "files:write", rate: tier4, do: uploadURL},
		"reactions.add":                {scope: "reactions:write", json: true, rate: tier3, do: addReaction},
		"reactions.remove":             {scope: "reactions:write", json: true, rate: tier2, do: removeReaction},
		"usergroups.list":              {scope: "usergroups:read", rate: tier2, do: listUserGroups},
		"usergroups.users.list":        {scope: "usergroups:read", rate: tier2, do: userGroupMembers},
		"users.info":                   {scope: "users:read", rate: tier4, do: userInfo},
		"users.list":                   {scope: "users:read", rate: tier2, do: listUsers},
		"views.open":                   {json: true, rate: tier4, do: openView},
		"views.publish":                {json: true, rate: tier4, do: publishView},
		"views.push":                   {json: true, rate: tier4, do: pushView},
		"views.update":                 {json: true, rate: tier4, do: updateView},
	}
}

// call is a Web API call while it is served.
type call struct {
	*Workspace
	method string
	args
	scopes []string // asked for so far
}

// apiError is an answer with "ok": false.
type apiError struct {
	code       string
	messages   []string
	needed     string
	provided   string
	retryAfter time.Duration
}

func (e *apiError) Error() string { return e.code }

// refuse makes an answer with an error code of Slack's, and messages that
// explain it.
func refuse(code string, messages ...string) error {
	return &apiError{code: code, messages: messages}
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, req *http.Request) {
	name := strings.TrimPrefix(req.URL.Path, "/api/")
	f := w.takeFault(name)
	if f.status != 0 {
		http.Error(rw, http.StatusText(f.status), f.status)
		return
	}
	c := &call{Workspace: w, method: name}
	answer, err := f.answer(func() (object, error) { return c.serve(req) })
	w.record(c, err)
	if f.lose {
		panic(http.ErrAbortHandler) // the work is done, the answer is lost
	}
	c.write(rw, answer, err)
}

func (c *call) serve(req *http.Request) (object, error) {
	m, known := c.methods[c.method]
	if !known {
		return nil, refuse("unknown_method")
	}
	a, err := readArgs(req, m.json)
	if err != nil {
		return nil, err
	}
	c.args = a
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.authorize(req, m); err != nil {
		return nil, err
	}
	if err := c.throttle(m); err != nil {
		return nil, err
	}
	answer, err := m.do(c)
	c.notify()
	return answer, err
}

// record puts the call into the journal.
func (w *Workspace) record(c *call, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := Call{Method: c.method, Args: c.args.logged(), Scopes: c.scopes, At: w.now()}
	if err != nil {
		entry.Error = asAPIError(err).code
		w.log.Debug("refused", "method", c.method, "error", entry.Error)
	}
	w.calls = append(w.calls, entry)
	w.notify()
}

func (c *call) write(rw http.ResponseWriter, answer object, err error) {
	body := object{"ok": err == nil}
	maps.Copy(body, answer)
	status := http.StatusOK
	if err != nil {
		e := asAPIError(err)
		body["error"] = e.code
		if len(e.messages) > 0 {
			body["response_metadata"] = object{"messages": e.messages}
		}
		if e.needed != "" {
			body["needed"], body["provided"] = e.needed, e.provided
		}
		if e.retryAfter > 0 {
			status = http.StatusTooManyRequests
			rw.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(e.retryAfter)))
		}
	}
	rw.Header().Set("X-OAuth-Scopes", strings.Join(c.cfg.BotScopes, ","))
	rw.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(c.scopes, ","))
	writeJSON(rw, status, body)
}

func writeJSON(rw http.ResponseWriter, status int, body any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(body) // a client that hung up is not our fault
}

func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{code: "internal_error", messages: []string{err.Error()}}
}
