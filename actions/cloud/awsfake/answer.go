package awsfake

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"time"
)

// service is how one of AWS's services speaks.
type service struct {
	namespace string // of its XML
	version   string // of its API
	target    string // of its JSON; empty for the query protocols
}

var services = map[string]service{
	"ec2":                  {namespace: "http://ec2.amazonaws.com/doc/2016-11-15/", version: "2016-11-15"},
	"elasticloadbalancing": {namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/", version: "2015-12-01"},
	"autoscaling":          {namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/", version: "2011-01-01"},
	"sts":                  {namespace: "https://sts.amazonaws.com/doc/2011-06-15/", version: "2011-06-15"},
	"ssm":                  {target: "AmazonSSM."},
}

// wellFormed reports whether the call is in the service's own protocol.
func (r *request) wellFormed(h *http.Request) bool {
	s := services[r.service]
	if s.target != "" {
		return h.Header.Get("X-Amz-Target") == s.target+r.action
	}
	return r.text("Version") == s.version
}

// fields is an answer in XML: its elements in order. Empty texts are left out.
type fields []field

type field struct {
	name  string
	value any
}

// items and members are lists as EC2 and as the other services write them.
type (
	items[T any] struct {
		List []T `xml:"item"`
	}
	members[T any] struct {
		List []T `xml:"member"`
	}
)

// respond writes an answer or an error in the service's protocol.
func respond(w http.ResponseWriter, r *request, id string, answer any, err error) {
	status, body := http.StatusOK, []byte(nil)
	var refused *apiError
	switch {
	case errors.As(err, &refused):
		status, body = refused.status, refused.body(r, id)
	case services[r.service].target != "":
		body, err = json.Marshal(answer)
	default:
		body, err = encodeXML(r, id, answer.(fields))
	}
	if refused == nil && err != nil {
		http.Error(w, "the answer cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	kind := "text/xml;charset=UTF-8"
	if services[r.service].target != "" {
		kind = "application/x-amz-json-1.1"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Amzn-Requestid", id)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// encodeXML writes <XResponse>, and for all but EC2 <XResult> in it.
func encodeXML(r *request, id string, answer fields) ([]byte, error) {
	response := xml.StartElement{
		Name: xml.Name{Local: r.action + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: services[r.service].namespace}},
	}
	if r.service == "ec2" {
		return encode(response, append(fields{{"requestId", id}}, answer...))
	}
	return encode(response, fields{
		{r.action + "Result", answer},
		{"ResponseMetadata", fields{{"RequestId", id}}},
	})
}

func encode(start xml.StartElement, f fields) ([]byte, error) {
	var b bytes.Buffer
	e := xml.NewEncoder(&b)
	if err := e.EncodeElement(f, start); err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), b.Bytes()...), e.Close()
}

// MarshalXML writes the fields as elements inside of the start element.
func (f fields) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, one := range f {
		if one.value == "" {
			continue
		}
		if err := e.EncodeElement(one.value, xml.StartElement{Name: xml.Name{Local: one.name}}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// stamp writes a time as the XML services do; nothing for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
