package cloudtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy stands before moto, records the calls and makes some of them fail.
type Proxy struct {
	URL string

	to     *httputil.ReverseProxy
	mu     sync.Mutex
	calls  []Call
	denied []string
	faults []*Fault
	waysIn []*Fault // see WaysIn
}

// Call is an API call that came in, faulty ones included.
type Call struct {
	Action string // as an IAM policy names it: "ec2:DescribeInstances"
	Region string
	Form   url.Values // of the services that take forms
	Body   string     // as it came in
	At     time.Time  // when
}

// Fault is what happens to the calls of an action instead of, or after,
// moto's answer.
type Fault struct {
	Action string          // "ec2:DescribeInstances"; empty for every call
	Region string          // empty for every region
	If     func(Call) bool // nil for always
	Times  int             // how many calls; 0 for all

	Code    string              // answer with this AWS error …
	Status  int                 // … and this HTTP status; 400 if zero
	Message string              // … in these words
	Body    string              // or answer with this body and status 200
	Lose    bool                // or carry the call out and lose its answer
	Rewrite func([]byte) []byte // or change moto's answer

	hits int
}

// Throttle makes the next calls of an action exceed the request limit.
func Throttle(action string, times int) Fault {
	return Fault{Action: action, Times: times, Code: "RequestLimitExceeded", Status: http.StatusServiceUnavailable, Message: "Request limit exceeded."}
}

// Deny refuses every call of an action, as IAM does.
func Deny(action string) Fault {
	return Fault{Action: action, Code: "UnauthorizedOperation", Status: http.StatusForbidden, Message: "You are not authorized to perform this operation."}
}

// After holds a fault back until the action was called. It has to be injected
// before other faults of the action.
func After(action string, f Fault) []Fault {
	called := false
	f.If = func(Call) bool { return called }
	return []Fault{{If: func(c Call) bool { called = called || c.Action == action; return false }}, f}
}

// NewProxy stands a proxy before the server at the URL.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{to: httputil.NewSingleHostReverseProxy(u)}
	p.to.ModifyResponse = p.judged
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Inject adds faults. The first that fits a call decides.
func (p *Proxy) Inject(faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range faults {
		p.faults = append(p.faults, &f)
	}
}

// Calls returns what came in, in order.
func (p *Proxy) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// Denied returns the actions that the server refused by its own policies.
func (p *Proxy) Denied() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.denied)
}

// callOfRequest is the key of a request's Call in its context.
type callOfRequest struct{}

// judged looks at the server's own answers.
func (p *Proxy) judged(answer *http.Response) error {
	if answer.StatusCode == http.StatusForbidden {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.denied = append(p.denied, answer.Request.Context().Value(callOfRequest{}).(Call).Action)
	}
	return nil
}

// Count returns how many calls of an action came in.
func (p *Proxy) Count(action string) (n int) {
	for _, c := range p.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// ServeHTTP answers one call.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.Header.Del("Accept-Encoding") // answers may be rewritten
	call := callOf(r, body)
	r = r.WithContext(context.WithValue(r.Context(), callOfRequest{}, call))
	f := p.note(call)
	switch {
	case f == nil:
		p.to.ServeHTTP(w, r)
	case f.Code != "":
		refuse(w, call, *f)
	case f.Body != "":
		_, _ = io.WriteString(w, f.Body)
	default:
		p.alter(w, r, *f)
	}
}

// scope is the credential scope of a signature: service and region.
var scope = regexp.MustCompile(`Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request`)

// callOf takes the operation from the form, or from the header that the
// services which speak JSON have it in ("AmazonSSM.DescribeInstanceInformation").
func callOf(r *http.Request, body []byte) Call {
	form, _ := url.ParseQuery(string(body))
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	operation = cmp.Or(form.Get("Action"), operation)
	c := Call{Action: "unsigned:" + operation, Form: form, Body: string(body)}
	if m := scope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		c.Region, c.Action = m[1], m[2]+":"+operation
	}
	return c
}

// json reports whether the call's service speaks JSON.
func (c Call) json() bool { return strings.HasPrefix(c.Body, "{") }

// note records the call and returns the fault that it meets, if any.
func (p *Proxy) note(c Call) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.At = time.Now()
	p.calls = append(p.calls, c)
	for _, f := range slices.Concat(p.faults, p.waysIn) {
		if f.fits(c) {
			f.hits++
			met := *f
			return &met
		}
	}
	return nil
}

func (f *Fault) fits(c Call) bool {
	return (f.Action == "" || f.Action == c.Action) && (f.Region == "" || f.Region == c.Region) &&
		(f.Times == 0 || f.hits < f.Times) && (f.If == nil || f.If(c))
}

// refuse answers with an error in the form of the call's service.
func refuse(w http.ResponseWriter, c Call, f Fault) {
	if f.Status == 0 {
		f.Status = http.StatusBadRequest
	}
	if c.json() {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(f.Status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": f.Code, "message": f.Message})
		return
	}
	var code, message bytes.Buffer
	_ = xml.EscapeText(&code, []byte(f.Code))
	_ = xml.EscapeText(&message, []byte(f.Message))
	form := "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>0</RequestId></ErrorResponse>"
	if strings.HasPrefix(c.Action, "ec2:") {
		form = "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>0</RequestID></Response>"
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(f.Status)
	_, _ = fmt.Fprintf(w, form, code.String(), message.String())
}

// alter carries the call out and loses or rewrites the answer.
func (p *Proxy) alter(w http.ResponseWriter, r *http.Request, f Fault) {
	answer := httptest.NewRecorder()
	p.to.ServeHTTP(answer, r)
	if f.Lose {
		panic(http.ErrAbortHandler) // closes the connection
	}
	body := f.Rewrite(answer.Body.Bytes())
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}
