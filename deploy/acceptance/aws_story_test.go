package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hardenbot/deploy/lab"
)

// TestStoryOnAWS plays the story of the audit with the lab's hosts as instances:
// exposure first, then a rolling upgrade out of the load balancer. The bot may
// do in AWS what the shipped policy says.
func TestStoryOnAWS(t *testing.T) {
	var a *account
	w := newWorld(t, "socket", nil, func(config map[string]any) { a = onAWS(t, config) })
	w.start()

	findings := w.scan("web-*")
	w.inOrder(findings.text(), "3306/tcp", "9090/tcp", passwords, "Security updates")
	w.shows(w.approve(findings.fix("Port 3306/tcp")), "web-1", "done")
	for _, port := range []string{"9090", "9100"} {
		w.shows(w.approve(w.scan("web-*").fix("Port "+port+"/tcp")), "web-1", "done")
	}
	w.shows(w.approve(w.scan("web-*").fix("is served by front and reachable past it")), "web-1", "done")
	const everybody, internal = "0.0.0.0/0", "10.0.0.0/8"
	want := map[int32][]string{
		22: {everybody}, 80: {everybody}, 443: {everybody}, 3306: {internal}, 9090: {internal}, 9100: {internal}, 8080: {a.front},
	}
	if in := a.letIn(); !maps.EqualFunc(in, want, slices.Equal) {
		t.Errorf("the group lets in\n got %v\nwant %v", in, want)
	}
	if again := w.scan("web-*"); strings.Contains(again.text(), "is open to the internet") || strings.Contains(again.text(), "reachable past it") {
		t.Errorf("something still faces the internet:\n%s", again.text())
	}

	before := len(a.proxy.Calls())
	w.shows(w.approve(w.scan("web-*").fix(critical)), "web-1", "web-2", "web-3", "web-4", "done")
	a.oneAfterTheOther(before)
	a.withinPolicy()
	w.stop()
	if out, status := w.cli("audit", "verify"); status != 0 {
		t.Errorf("audit verify ends with status %d: %s", status, out)
	}
}

// onAWS makes the lab's hosts instances of an account and names it in the
// configuration.
func onAWS(t *testing.T, config map[string]any) *account {
	env := lab.Env{Hosts: map[string]string{}}
	for _, h := range config["inventory"].(map[string]any)["hosts"].([]any) {
		host := h.(map[string]any)
		env.Hosts[host["name"].(string)] = host["address"].(string)
	}
	a := newAccount(t, env)
	a.enforce()
	config["inventory"] = map[string]any{"ec2": map[string]any{"user": "ops"}}
	config["aws"] = map[string]any{"endpoint": a.proxy.URL, "accounts": []any{map[string]any{"regions": []any{region}}}}
	config["networks"] = map[string]any{"internal": []any{"10.0.0.0/8"}}
	config["expected"] = []any{map[string]any{"hosts": "web-*", "internet": []any{22, 80, 443}, "internal": []any{9090, 9100}}}
	config["rollout"] = map[string]any{"soak": "1s"}
	return a
}

// oneAfterTheOther holds that, from that call on, the hosts left the balancer
// one at a time and each came back before the next left.
func (a *account) oneAfterTheOther(from int) {
	a.Helper()
	var order []string
	for _, c := range a.proxy.Calls()[from:] {
		target := c.Form.Get("Targets.member.1.Id")
		switch c.Action {
		case "elasticloadbalancing:DeregisterTargets":
			order = append(order, "out "+target)
		case "elasticloadbalancing:RegisterTargets":
			order = append(order, "in "+target)
		}
	}
	if len(order) != 2*len(four) {
		a.Fatalf("calls: %v", order)
	}
	for i := 0; i < len(order); i += 2 {
		var out, in string
		_, err1 := fmt.Sscanf(order[i], "out %s", &out)
		_, err2 := fmt.Sscanf(order[i+1], "in %s", &in)
		if err1 != nil || err2 != nil || out != in {
			a.Errorf("a host left before the one before it was back: %v", order)
		}
	}
}
