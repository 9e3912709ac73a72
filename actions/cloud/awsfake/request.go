package awsfake

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxBody is how large a request may be, in bytes. The largest that the actions
// can need is a small part of it.
const maxBody = 1 << 20

// request is one API call while it is answered.
type request struct {
	*State  // what the action sees, and may change
	*params // of the query protocols
	body    []byte
	fake    *Fake
	caller  caller
	region  string
	service string
	action  string    // without the service: "DescribeInstances"
	now     time.Time // the time that it sees
}

// caller is who makes a call.
type caller struct{ account, arn, id string }

func (r *request) name() string { return r.service + ":" + r.action }

func (r *request) reads() bool {
	return strings.HasPrefix(r.action, "Describe") || strings.HasPrefix(r.action, "Get")
}

// arn names a resource of the place.
func (p *Place) arn(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, p.region, p.account, resource)
}

// scope is the credential scope of a signature: access key, region, service.
var scope = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([A-Za-z0-9_]{1,128})/\d{8}/([a-z0-9-]{1,40})/([a-z0-9-]{1,40})/aws4_request,\s*SignedHeaders=[a-z0-9;-]+,\s*Signature=[0-9a-f]+$`)

// ServeHTTP answers one call.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, "the request is larger than 1 MiB", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the request's body cannot be read", http.StatusBadRequest)
		return
	case r.Method != http.MethodPost:
		http.Error(w, "calls are made with POST", http.StatusMethodNotAllowed)
		return
	}
	req, id, answer, err := f.handle(r, body)
	respond(w, req, id, answer, err)
}

// handle is all of a call that must not meet another. A slow reader of the
// answer holds nobody up.
func (f *Fake) handle(r *http.Request, body []byte) (req *request, id string, answer any, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	req = f.decode(r, body)
	answer, err = f.answer(req, r)
	f.note(req, err)
	return req, f.number(), answer, err
}

// decode tells what is called and where. What is not told stays empty.
func (f *Fake) decode(r *http.Request, body []byte) *request {
	req := &request{body: body, params: newParams(nil), fake: f, now: f.options.Now()}
	if m := scope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		req.region, req.service = m[2], m[3]
		req.caller = f.callerOf(m[1], r.Header.Get("X-Amz-Security-Token"))
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, req.action, _ = strings.Cut(target, ".")
		return req.orUnsigned(func(s service) bool { return s.target != "" && strings.HasPrefix(target, s.target) })
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if form, err := url.ParseQuery(string(body)); err == nil && kind == "application/x-www-form-urlencoded" {
		req.params = newParams(form)
	}
	req.action = req.text("Action")
	version := req.text("Version")
	return req.orUnsigned(func(s service) bool { return s.version != "" && s.version == version })
}

// orUnsigned tells the service of a request whose signature does not.
func (r *request) orUnsigned(fits func(service) bool) *request {
	for name, s := range services {
		if r.service == "" && fits(s) {
			r.service = name
		}
	}
	return r
}

// answer carries the call out.
func (f *Fake) answer(req *request, r *http.Request) (any, error) {
	switch {
	case r.Header.Get("Authorization") == "":
		return nil, req.unsigned()
	case req.caller.account == "":
		return nil, req.unknownCaller()
	}
	run := actions[req.name()]
	if run == nil || !req.wellFormed(r) {
		return nil, fault(http.StatusBadRequest, "InvalidAction", "The action %s is not valid for this web service.", req.action)
	}
	if f.denied[req.name()] {
		return nil, req.unauthorized()
	}
	p := f.place(req.caller.account, req.region)
	s := p.newest().clone()
	if req.reads() {
		req.now = req.now.Add(-f.options.Lag)
		s = p.seen(req.now).clone()
	}
	req.State = &s
	return f.perform(p, req, run)
}

// perform runs the action, and keeps what it changed if it was right in all.
func (f *Fake) perform(p *Place, req *request, run action) (any, error) {
	dry := req.service == "ec2" && req.flag("DryRun", false)
	answer, err := run(req)
	switch {
	case req.problem != nil:
		return nil, req.problem
	case err != nil:
		return nil, err
	case len(req.unread()) > 0:
		return nil, fault(http.StatusBadRequest, "UnknownParameter", "The parameter %s is not recognized by this stand-in for AWS.", req.unread()[0])
	case dry:
		return nil, fault(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	if !req.reads() {
		p.commit(*req.State)
	}
	return answer, nil
}

func (f *Fake) note(req *request, err error) {
	c := Call{Action: req.name(), Account: req.caller.account, Region: req.region, Time: f.options.Now(), Params: req.params.all()}
	if target := services[req.service].target; target != "" {
		c.Params["body"] = string(req.body)
	}
	var e *apiError
	if errors.As(err, &e) {
		c.Error = e.code
	}
	if len(f.calls) == maxCalls {
		f.calls = slices.Clone(f.calls[maxCalls/2:])
	}
	f.calls = append(f.calls, c)
}
