package cloud

import (
	"bytes"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// HTTPClient sends calls with a body of their own. The SDK closes a request's
// body as soon as the answer is there; if the transport is still about to see
// that the body has ended, it takes that for a failure and drops the answer.
// Only an endpoint close by is that fast: one on the same machine.
type HTTPClient struct{ Next aws.HTTPClient }

// onAnswer is the key of what a context has called for each answer.
type onAnswer struct{}

// Do implements aws.HTTPClient.
func (c HTTPClient) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.send(r)
	if tell, ok := r.Context().Value(onAnswer{}).(func()); ok && err == nil {
		tell()
	}
	return answer, err
}

func (c HTTPClient) send(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return c.Next.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return c.Next.Do(r)
}
