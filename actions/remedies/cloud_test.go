package remedies_test

import (
	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// soundInCloud returns web-1 as an instance behind a load balancer with nothing
// wrong on it: the internet reaches what is declared, the balancer reaches 8080,
// internal networks reach 9100.
func soundInCloud() *actions.Facts { return inCloud(actionstest.Sound()) }

// brokenInCloud returns the same with every port open to everybody, and all
// else that the catalogue knows of the cloud.
func brokenInCloud() *actions.Facts {
	f := inCloud(withBridge(actionstest.Broken()))
	f.Cloud.MetadataV1 = true
	f.Cloud.Interfaces[0].Groups = append(f.Cloud.Interfaces[0].Groups, actions.SecurityGroup{
		ID: "sg-0default", Name: "default",
		Rules: []actions.IngressRule{{ID: "sgr-0mail", Group: "sg-0default", Proto: "tcp", From: 25, To: 25, CIDR: "10.0.0.0/8"}},
	})
	f.Cloud.Unused = []actions.SecurityGroup{{ID: "sg-0old", Name: "old"}}
	open(f,
		actions.IngressRule{ID: "sgr-0bad1", Proto: "-1", From: 0, To: 65535, CIDR: "0.0.0.0/0"},
		actions.IngressRule{ID: "sgr-0bad2", Proto: "udp", From: 9999, To: 9999, CIDR: "::/0"},
	)
	return f
}

// withBridge adds a service that nobody declared, on a network of containers.
func withBridge(f *actions.Facts) *actions.Facts {
	f.Listeners = append(f.Listeners, actions.Listener{Proto: "tcp", Address: "172.17.0.1", Port: 5000, Process: "registry"})
	return f
}

// open adds rules to the group of web-1.
func open(f *actions.Facts, rules ...actions.IngressRule) {
	group := &f.Cloud.Interfaces[0].Groups[0]
	group.Rules = append(group.Rules, rules...)
}

func inCloud(f *actions.Facts) *actions.Facts {
	tcp := func(id string, port int) actions.IngressRule {
		return actions.IngressRule{ID: id, Group: "sg-0web", Proto: "tcp", From: port, To: port, CIDR: "0.0.0.0/0"}
	}
	app, metrics := tcp("sgr-0app", 8080), tcp("sgr-0metrics", 9100)
	app.CIDR, app.Source = "", "sg-0front"
	metrics.CIDR = "10.0.0.0/8"
	f.Host.Declared.Ports.Internal = append(f.Host.Declared.Ports.Internal, 8080)
	f.Listeners = append(f.Listeners, actions.Listener{Proto: "tcp", Address: "*", Port: 8080, Process: "app"})
	f.Cloud = &actions.Cloud{
		Instance: "i-0123456789abcdef0", Account: "123456789012", Region: "eu-central-1", State: "running",
		Interfaces: []actions.Interface{{
			ID: "eni-0web1", Subnet: "subnet-0a", Private: []string{"10.0.1.11"}, Public: []string{"203.0.113.11"}, Gateway4: true,
			ACL: []actions.ACL{{Number: 100, Allow: true, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"}},
			Groups: []actions.SecurityGroup{{
				ID: "sg-0web", Name: "web", Users: []string{"eni-0web2 (web-2)"},
				Rules: []actions.IngressRule{tcp("sgr-0ssh", 22), tcp("sgr-0http", 80), tcp("sgr-0https", 443), app, metrics},
			}},
		}},
		Balancers: []actions.Balancer{{
			Name: "front", Internet: true, Groups: []actions.SecurityGroup{{ID: "sg-0front", Name: "front"}}, Ports: []int{443},
			Targets: []actions.Target{{Port: 8080, State: "healthy"}},
		}},
	}
	return f
}
