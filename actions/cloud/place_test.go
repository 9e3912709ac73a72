package cloud

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A place that says nothing is given up. One that answers keeps its time.
func TestFirstly(t *testing.T) {
	for _, c := range []struct {
		name          string
		answers, ends time.Duration // 0 for never
		took          time.Duration
		says          string
	}{
		{"nothing is said", 0, 0, 20 * time.Second, "it did not answer within 20s"},
		{"in time", 0, 19 * time.Second, 19 * time.Second, ""},
		{"throttled, then in time", 19 * time.Second, time.Minute, time.Minute, ""},
		{"throttled, and never answered", 19 * time.Second, 0, 2 * time.Minute, "deadline exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				begin := time.Now()
				_, err := firstly(ctx, &place{patience: 20 * time.Second}, func(ctx context.Context) (int, error) {
					return 0, scripted(ctx, c.answers, c.ends)
				})
				if took := time.Since(begin); took != c.took {
					t.Errorf("took %s, want %s", took, c.took)
				}
				if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, want %q", err, c.says)
				}
			})
		})
	}
}

// scripted is a call that gets an answer and ends some time after it began.
func scripted(ctx context.Context, answers, ends time.Duration) error {
	if answers > 0 {
		defer time.AfterFunc(answers, ctx.Value(onAnswer{}).(func())).Stop()
	}
	var end <-chan time.Time
	if ends > 0 {
		end = time.After(ends)
	}
	select {
	case <-end:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) Do(r *http.Request) (*http.Response, error) { return t(r) }

// Every answer is told, a refusal as well; a failure is none.
func TestHTTPClientTellsOfAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		body io.Reader
		told int
	}{
		"an answer":        {nil, nil, 1},
		"an answer, asked": {nil, strings.NewReader("Action=DescribeInstances"), 1},
		"a failure":        {io.ErrUnexpectedEOF, nil, 0},
	} {
		told := 0
		r, err := http.NewRequestWithContext(context.WithValue(t.Context(), onAnswer{}, func() { told++ }), http.MethodPost, "http://127.0.0.1", c.body)
		if err != nil {
			t.Fatal(err)
		}
		client := HTTPClient{transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody}, c.err
		})}
		answer, err := client.Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		if told != c.told {
			t.Errorf("%s: told %d times, want %d", name, told, c.told)
		}
	}
}
