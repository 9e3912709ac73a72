package workspace

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxBody is the most that one Web API call may bring.
const maxBody = 1 << 20

// args are the arguments of a Web API call. A form gives strings; a JSON body
// gives any value.
type args map[string]json.RawMessage

// readArgs reads the query and the body. takesJSON says whether the method
// reads JSON: most of Slack's reading methods see a form only, and to them a JSON
// body is as if it were empty.
func readArgs(req *http.Request, takesJSON bool) (args, error) {
	req.Body = http.MaxBytesReader(nil, req.Body, maxBody)
	a := args{}
	kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if kind == "application/json" {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, refuse("request_too_large")
		}
		if !takesJSON || len(bytes.TrimSpace(body)) == 0 {
			return a, nil
		}
		if err := json.Unmarshal(body, &a); err != nil {
			return nil, refuse("invalid_json")
		}
		delete(a, "token") // Slack reads it from the header only
		return a, nil
	}
	if err := req.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, refuse("invalid_form_data")
	}
	for name, values := range req.Form {
		quoted, err := json.Marshal(values[0])
		if err != nil {
			return nil, refuse("invalid_form_data")
		}
		a[name] = quoted
	}
	return a, nil
}

// str returns an argument as text; "" if it is absent or null.
func (a args) str(name string) string {
	raw, ok := a[name]
	if !ok || string(raw) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// need returns an argument that must be there.
func (a args) need(name string) (string, error) {
	s := a.str(name)
	if s == "" {
		return "", refuse("invalid_arguments", "[ERROR] missing required field: "+name)
	}
	return s, nil
}

// json returns an argument that holds JSON, be it a JSON value or its text.
// It is nil if the argument is absent or empty.
func (a args) json(name string) json.RawMessage {
	s := strings.TrimSpace(a.str(name))
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

func (a args) flag(name string) bool {
	s := a.str(name)
	return s == "true" || s == "1"
}

// limit returns the page size, between 1 and 1000; 100 if it is not given.
func (a args) limit() (int, error) {
	s := a.str("limit")
	if s == "" || s == "0" {
		return 100, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1000 {
		return 0, refuse("invalid_limit")
	}
	return n, nil
}

// logged returns the arguments for the journal, without the token.
func (a args) logged() map[string]string {
	out := map[string]string{}
	for name := range a {
		if name != "token" {
			out[name] = a.str(name)
		}
	}
	return out
}
