package cloud_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/cloud/cloudtest"
)

// roomOfMoto plays a few of the scripts against moto, whose targets are all
// healthy, so that the proxy has some fail.
func roomOfMoto(p *pool) {
	for n := 2; n < 5; n++ {
		h := host(fmt.Sprintf("web-%d", n+1), fmt.Sprintf("10.7.1.%d", n+10))
		p.hosts, p.ids = append(p.hosts, h), append(p.ids, p.server(h.Name, p.subnet, h.Address))
	}
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 0))
		data := make([]byte, 13)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		script := actionstest.ReadRoomScript(len(p.ids), data)
		p.anew()
		arn := p.targets(strings.Repeat("r", int(seed)+6), "instance", p.ids[:script.Size]...)
		f := &motoGroup{pool: p, arn: arn, sick: map[string]bool{}}
		p.proxy.Inject(cloudtest.Fault{Action: describeHealth, Rewrite: f.rewrite})
		actionstest.PlayRoom(p.ctx(), p.t, actionstest.Balanced{
			Rotation: p.rotation, Hosts: p.hosts, Shows: f.shows, Ail: f.ail, Seats: f.seats,
		}, script)
	}
}

// motoGroup is a target group of moto.
type motoGroup struct {
	*pool
	arn  string
	mu   sync.Mutex
	sick map[string]bool
}

func (g *motoGroup) seats(n int) []actions.Seat {
	account := strings.Split(g.arn, ":")[4]
	return []actions.Seat{{Driver: "elbv2", Account: account, Region: region, Group: g.arn, Target: g.ids[n], Port: 8080}}
}

func (g *motoGroup) ail(n int, sick bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sick[g.ids[n]] = sick
}

// rewrite has the targets that are sick fail.
func (g *motoGroup) rewrite(body []byte) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	parts := strings.Split(string(body), "</member>")
	for i, part := range parts {
		for id, sick := range g.sick {
			if sick && strings.Contains(part, "<Id>"+id+"</Id>") {
				parts[i] = strings.Replace(part, "<State>healthy", "<State>unhealthy", 1)
			}
		}
	}
	return []byte(strings.Join(parts, "</member>"))
}

// shows asks moto itself, past the proxy.
func (g *motoGroup) shows(n int) string {
	for _, id := range g.registered(g.arn) {
		switch {
		case id == g.ids[n] && g.sick[id]:
			return "down"
		case id == g.ids[n]:
			return "up"
		}
	}
	return "out"
}
