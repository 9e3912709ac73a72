package cloudtest

import (
	"bytes"
	"fmt"
)

// Slow has the target group show for one look that the instance is draining
// after it was deregistered, and for one look that it is not healthy yet after
// it was registered. Moto shows neither.
func (p *Proxy) Slow(instance string, port int) {
	const looks = "elasticloadbalancing:DescribeTargetHealth"
	leaving, coming := false, false // under the proxy's lock
	once := func(is *bool) func(Call) bool {
		return func(Call) bool {
			was := *is
			*is = false
			return was
		}
	}
	p.Inject(
		Fault{If: func(c Call) bool {
			ours := c.Form.Get("Targets.member.1.Id") == instance
			leaving = leaving || ours && c.Action == "elasticloadbalancing:DeregisterTargets"
			coming = coming || ours && c.Action == "elasticloadbalancing:RegisterTargets"
			return false
		}},
		Fault{Action: looks, If: once(&leaving), Rewrite: func(answer []byte) []byte { return draining(answer, instance, port) }},
		Fault{Action: looks, If: once(&coming), Rewrite: func(answer []byte) []byte { return initial(answer, instance) }},
	)
}

// draining adds a target to the answer.
func draining(answer []byte, instance string, port int) []byte {
	target := fmt.Sprintf("<member><TargetHealth><State>draining</State><Reason>Target.DeregistrationInProgress</Reason></TargetHealth>"+
		"<Target><Port>%d</Port><Id>%s</Id></Target></member>", port, instance)
	end := []byte("</TargetHealthDescriptions>")
	return bytes.Replace(answer, end, append([]byte(target), end...), 1)
}

// initial makes the target one that was not checked yet.
func initial(answer []byte, instance string) []byte {
	at := bytes.Index(answer, []byte("<Id>"+instance+"</Id>"))
	if at < 0 {
		return answer
	}
	from := bytes.LastIndex(answer[:at], []byte("<member>"))
	to := at + bytes.Index(answer[at:], []byte("</member>"))
	member := bytes.Replace(answer[from:to], []byte(">healthy<"), []byte(">initial<"), 1)
	return bytes.Join([][]byte{answer[:from], member, answer[to:]}, nil)
}
