package guards_test

import (
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/host"
	"hardenbot/actions/remedies"
	"hardenbot/deploy/lab"
)

// TestLabDpkgFree asks a real host whose package manager is stuck, and one
// where it was interrupted.
func TestLabDpkgFree(t *testing.T) {
	const name = "web-3"
	env := lab.Open(t)
	client, err := host.New(host.Config{
		IdentityFile: env.Identity, KnownHosts: []string{env.KnownHosts}, Prelude: remedies.Prelude,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { env.Reset(t, name, lab.NoTraits) })
	f := actionstest.Sound()
	f.Host = actions.Host{Name: name, Address: env.Hosts[name], Port: 22, User: "ops"}

	env.Reset(t, name, lab.NoTraits, "dpkg-locked")
	expect(t, ask(t, "dpkg-free", f, nil, client), false, "holds /var/lib/dpkg/lock-frontend")
	env.Exec(t, name, "systemctl is-active stuck-dpkg.service") // asking ends nobody

	env.Exec(t, name, "systemctl stop stuck-dpkg.service")
	expect(t, ask(t, "dpkg-free", f, nil, client), true, "nothing else changes packages now")
	env.Exec(t, name, "sed -i '/^Package: curl$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status")
	expect(t, ask(t, "dpkg-free", f, nil, client), false, "dpkg was interrupted: ")
}
