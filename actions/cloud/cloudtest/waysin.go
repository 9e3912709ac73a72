package cloudtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// WaysIn answers what moto does not know, in the forms of AWS's API references:
// whether the account has the serial console, and what Systems Manager says of
// its agents, by instance id ("Online", "ConnectionLost", …). What it said before
// is forgotten.
func (p *Proxy) WaysIn(console bool, agents map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waysIn = []*Fault{
		{Action: "ec2:GetSerialConsoleAccessStatus", Body: ConsoleAnswer(console)},
		{Action: "ssm:DescribeInstanceInformation", Body: AgentsAnswer("", agents)},
	}
}

// ConsoleAnswer is EC2's answer to GetSerialConsoleAccessStatus.
func ConsoleAnswer(enabled bool) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<GetSerialConsoleAccessStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
    <serialConsoleAccessEnabled>%t</serialConsoleAccessEnabled>
</GetSerialConsoleAccessStatusResponse>`, enabled)
}

// AgentsAnswer is a page of Systems Manager's answer to
// DescribeInstanceInformation. The next page is asked for by the token; the
// last one has none.
func AgentsAnswer(next string, agents map[string]string) string {
	nodes := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(agents)) {
		nodes = append(nodes, map[string]any{
			"AgentVersion": "3.3.2299.0", "AssociationStatus": "Success", "InstanceId": id, "IsLatestVersion": true,
			"LastPingDateTime": 1772366371.5, "PingStatus": agents[id], "PlatformName": "Debian GNU/Linux",
			"PlatformType": "Linux", "PlatformVersion": "12", "ResourceType": "EC2Instance", "SourceType": "AWS::EC2::Instance",
		})
	}
	raw, err := json.Marshal(map[string]any{"InstanceInformationList": nodes, "NextToken": next})
	if err != nil {
		panic(err) // texts, numbers and lists of them always can be
	}
	return string(raw)
}
