package acceptance

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"testing"
	"time"
)

const (
	rate    = 300              // requests a second
	tooLong = 10 * time.Second // for an answer
)

// clients ask at a steady rate, however long the answers take, over
// connections that they keep. A request that failed is not repeated.
type clients struct {
	url   string
	http  *http.Client
	begun time.Time
	stop  context.CancelFunc
	ended chan struct{}

	mu       sync.Mutex
	answered int
	failed   []string // when and why
	slowest  time.Duration
}

// load asks until end is called, or the test has ended.
func load(t *testing.T, url string) *clients {
	ctx, stop := context.WithCancel(t.Context())
	c := &clients{
		url: url, begun: time.Now(), stop: stop, ended: make(chan struct{}),
		http: &http.Client{Timeout: tooLong, Transport: &http.Transport{MaxIdleConnsPerHost: rate}},
	}
	go c.run(ctx)
	t.Cleanup(c.end)
	return c
}

func (c *clients) run(ctx context.Context) {
	defer close(c.ended)
	defer c.http.CloseIdleConnections()
	pace := time.NewTicker(time.Second / rate)
	defer pace.Stop()
	var under sync.WaitGroup
	defer under.Wait() // whatever was asked is answered or counts as failed
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			under.Go(c.request)
		}
	}
}

func (c *clients) request() {
	begun := time.Now()
	err := c.ask()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowest = max(c.slowest, time.Since(begun))
	if err == nil {
		c.answered++
		return
	}
	c.failed = append(c.failed, fmt.Sprintf("%.1f s: %v", begun.Sub(c.begun).Seconds(), err))
}

// ask makes one request. net/http repeats it by itself where a kept connection
// was closed under it: that is a failure here.
func (c *clients) ask() error {
	sent := 0
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent++ }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("status %s", answer.Status)
	case sent > 1:
		return fmt.Errorf("it was sent %d times", sent)
	}
	return nil
}

// end stops asking and waits for the last answer.
func (c *clients) end() {
	c.stop()
	<-c.ended
}

// tell ends the load and returns how many requests were answered, and those
// that failed. It fails the test unless the rate was kept.
func (c *clients) tell(t *testing.T) (answered int, failed []string) {
	t.Helper()
	c.end()
	took := time.Since(c.begun)
	all := c.answered + len(c.failed)
	t.Logf("%d requests in %s (%.0f a second), %d failed; the slowest answer took %s",
		all, took.Round(time.Second), float64(all)/took.Seconds(), len(c.failed), c.slowest.Round(time.Millisecond))
	if float64(all) < rate*2/3*took.Seconds() {
		t.Errorf("%d requests in %s are not %d a second", all, took, rate)
	}
	return c.answered, slices.Clone(c.failed)
}
