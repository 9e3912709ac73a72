package awsfake_test

import (
	"testing"

	"hardenbot/actions/cloud/cloudtest"
)

// scenarios is the one suite that the fake and moto both pass, through stock
// SDK clients. Each begins with the layout of its own.
var scenarios = []struct {
	name string
	run  func(*world)
}{
	{"who calls", whoCalls},
	{"instances", describedInstances},
	{"pages of instances", pagesOfInstances},
	{"network interfaces", describedInterfaces},
	{"routes and network ACLs", describedRoutes},
	{"images, prefix lists, serial console", describedRest},
	{"security groups and their rules", describedRules},
	{"authorize", authorized},
	{"authorize: what is refused", authorizeRefused},
	{"revoke", revoked},
	{"revoke: what is refused", revokeRefused},
	{"metadata options", metadataOptions},
	{"tags of rules", ruleTags},
	{"dry run", dryRun},
	{"load balancers", describedBalancers},
	{"target health", targetHealth},
	{"targets: what is refused", targetsRefused},
	{"Auto Scaling", describedScaling},
	{"standby", standby},
	{"standby: what is refused", standbyRefused},
	{"Systems Manager", describedAgents},
}

func TestFake(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) { s.run(fakeWorld(t)) })
	}
}

// TestMoto shows that the suite asks for nothing that only the fake does.
func TestMoto(t *testing.T) {
	cloudtest.Credentials(t)
	url := cloudtest.Start(t)
	met, ran := map[string]bool{}, 0
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			ran++
			w := motoWorld(t, url)
			w.met = met
			s.run(w)
		})
	}
	for check := range deviations {
		if !met[check] && ran == len(scenarios) {
			t.Errorf("the table of deviations has %q, which no scenario checks", check)
		}
	}
}
