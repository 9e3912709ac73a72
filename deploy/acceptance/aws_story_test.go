package acceptance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const tokenless = "The instance metadata answers without a token"

// TestStoryOnAWS plays the story of the audit with the lab's hosts as instances:
// exposure first, then a rolling upgrade out of the load balancer and, for two
// of the hosts, out of their Auto Scaling group. The bot may do in AWS what the
// shipped policy says.
func TestStoryOnAWS(t *testing.T) {
	var a *account
	w := newWorld(t, "socket", nil, func(config map[string]any) { a = asAudited(t, config) })
	w.env = a.key
	for _, host := range four {
		w.restOnly(host)
	}
	w.start()

	w.closed(a)
	w.tokensRequired(a)
	w.rolled(a)
	a.withinPolicy()
	w.trailHolds()
}

// asAudited makes the lab's hosts instances of an account that is as the audit
// found it, and names it in the configuration.
func asAudited(t *testing.T, config map[string]any) *account {
	a := newAccount(t)
	a.front = a.group("front", 443)
	a.web = a.group("web", 22, 80, 443, 3306, 8080, 9090, 9100)
	at, tokens := addresses(config), types.HttpTokensStateRequired
	for _, host := range four {
		if host == "web-4" {
			tokens = types.HttpTokensStateOptional
		}
		a.server(host, at[host], a.web, tokens)
	}
	a.balancer(four...)
	a.scale("web-1", "web-2")
	a.proxy.Slow(a.instances["web-3"], 8080)
	a.enforce()
	a.configure(config)
	config["expected"] = []any{map[string]any{"hosts": "web-*", "internet": []any{22, 80, 443}, "internal": []any{9090, 9100}}}
	return a
}

// closed narrows what faces the internet, port by port.
func (w *world) closed(a *account) {
	w.Helper()
	findings := w.scan("web-*")
	w.inOrder(findings.text(), "3306/tcp", "9090/tcp", passwords, "Security updates")
	for _, title := range []string{"Port 3306/tcp", "Port 9090/tcp", "Port 9100/tcp", "is served by front and reachable past it"} {
		w.shows(w.approve(findings.fix(title)), "web-1", "done")
	}
	want := []string{
		"tcp 22 0.0.0.0/0", "tcp 3306 10.0.0.0/8", "tcp 443 0.0.0.0/0", "tcp 80 0.0.0.0/0",
		"tcp 8080 " + a.front, "tcp 9090 10.0.0.0/8", "tcp 9100 10.0.0.0/8",
	}
	if in := a.letIn(a.web); !slices.Equal(in, want) {
		w.Errorf("the group lets in\n got %v\nwant %v", in, want)
	}
}

// tokensRequired has the one instance that answers without a token ask for it.
func (w *world) tokensRequired(a *account) {
	w.Helper()
	findings := w.scan("web-*")
	if text := findings.text(); strings.Contains(text, "is open to the internet") || strings.Contains(text, "reachable past it") {
		w.Errorf("something still faces the internet:\n%s", text)
	}
	plan := findings.fix(tokenless)
	w.shows(plan, "web-4", "modify-instance-metadata-options --instance-id "+a.instances["web-4"]+" --http-tokens required")
	if now := a.instance("web-4").MetadataOptions.HttpTokens; now != types.HttpTokensStateOptional {
		w.Errorf("before the approval tokens are %s", now)
	}
	w.shows(w.approve(plan), "web-4", "done on 1")
	if now := a.instance("web-4").MetadataOptions.HttpTokens; now != types.HttpTokensStateRequired {
		w.Errorf("after the run tokens are %s", now)
	}
}

// rolled upgrades the hosts, removes what nothing needs any more, and holds that
// one after the other left the load balancer for it.
func (w *world) rolled(a *account) {
	w.Helper()
	pending := map[string]string{}
	for _, host := range four {
		pending[host] = w.pending(host)
	}
	begin := time.Now()
	findings := w.scan("web-*")
	if strings.Contains(findings.text(), tokenless) {
		w.Errorf("the new scan still shows it:\n%s", findings.text())
	}
	plan := findings.fix(rest)
	w.shows(plan, "nginx=", unneeded)
	w.shows(w.approve(plan), append(slices.Clone(four), "done on 4")...)
	for _, host := range four {
		w.upgraded(host, pending[host])
	}
	a.scaled("web-1", "web-2")
	w.stop()
	w.oneHostOut(a, begin)
}

// oneHostOut holds that, since then, the hosts left one at a time, were changed
// while they were out, and were back and well before the next one left.
func (w *world) oneHostOut(a *account, since time.Time) {
	w.Helper()
	all := a.happened(w, since)
	var want []string
	for _, host := range four {
		turn := []string{"out ", "drained ", "step Upgrade ", "step Remove ", "step Restart ", "healthy ", "in ", "in rotation ", "done "}
		if host == "web-1" || host == "web-2" {
			turn = slices.Insert(turn, 6, "in service ")
			turn = slices.Insert(turn, 0, "standby ")
		}
		for _, what := range turn {
			want = append(want, what+host)
		}
	}
	if got := words(all); !slices.Equal(got, want) {
		w.Fatalf("the order of calls and steps\n got %q\nwant %q", got, want)
	}
	if n := a.looks(all, "out web-3", "drained web-3"); n < 2 {
		w.Errorf("web-3 was still draining, and was looked at %d times before it was changed", n)
	}
	if n := a.looks(all, "in web-3", "in rotation web-3"); n < 2 {
		w.Errorf("web-3 was not healthy yet, and was looked at %d times before it was called back in rotation", n)
	}
}
