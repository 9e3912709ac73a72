package bot

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// gate checks that a request comes from Slack, and comes once.
type gate struct {
	secrets []string // each is accepted; two while Slack's is being rotated

	mu    sync.Mutex
	seen  map[string]time.Time // signature → when it came
	swept time.Time
}

// A signature is valid for five minutes to either side of its timestamp.
// Source: Slack, "Verifying requests from Slack".
const signatureLife = 10 * time.Minute

var errReplayed = errors.New("the request came before")

func newGate(secrets ...string) *gate {
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
	return &gate{secrets: secrets, seen: map[string]time.Time{}}
}

// check verifies the signature over the raw body, and refuses a signature that
// was seen before. The library refuses timestamps older than five minutes.
func (g *gate) check(header http.Header, body []byte) error {
	err := errors.New("there is no signing secret")
	for _, secret := range g.secrets {
		if err = verify(header, body, secret); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	// The same signature can be written in capitals.
	return g.first(strings.ToLower(header.Get("X-Slack-Signature")), time.Now())
}

func verify(header http.Header, body []byte, secret string) error {
	verifier, err := slack.NewSecretsVerifier(header, secret)
	if err != nil {
		return err
	}
	if _, err := verifier.Write(body); err != nil {
		return err
	}
	return verifier.Ensure()
}

func (g *gate) first(signature string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.swept) > time.Minute {
		g.swept = now
		for s, at := range g.seen {
			if now.Sub(at) > signatureLife {
				delete(g.seen, s)
			}
		}
	}
	if _, replayed := g.seen[signature]; replayed {
		return errReplayed
	}
	g.seen[signature] = now
	return nil
}
