package host

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"hardenbot/actions"
)

// hop is one SSH server on the way: a jump host or the host itself.
type hop struct {
	name  string // for sentences
	addr  string // host:port
	user  string
	login actions.Auth
	auth  ssh.AuthMethod
}

func hops(h actions.Host) []hop {
	var way []hop
	for _, j := range h.Route.Jumps {
		way = append(way, hop{name: "jump host " + j.Address, addr: address(j.Address, j.Port), user: j.User, login: j.Auth})
	}
	return append(way, hop{name: h.Name, addr: address(h.Address, h.Port), user: h.User, login: h.Route.Auth})
}

func address(host string, port int) string {
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(cmp.Or(port, 22)))
}

// connection is a login on a host, through all of its jumps.
type connection struct {
	host    actions.Host
	tcp     net.Conn
	clients []*ssh.Client // first hop first
}

// Close ends the connection and waits until nothing of it runs any more.
// Closing the first hop's TCP connection fails everything that goes through it.
func (c *connection) Close() {
	_ = c.tcp.Close() // nothing is left to be done about an error
	for _, client := range c.clients {
		_ = client.Wait()
	}
}

// connect logs in on the host. It costs at most the connect timeout.
func (c *Client) connect(ctx context.Context, h actions.Host) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout)
	defer cancel()
	began := time.Now()
	conn, err := c.dial(ctx, h)
	if err != nil && ctx.Err() != nil {
		err = ended(ctx, "logging in on %s", h.Name)
	}
	var fault *Error
	if errors.As(err, &fault) {
		c.log.WarnContext(ctx, "login failed", "host", h.Name, "says", fault.Says, "cause", fault.Cause, "after", time.Since(began))
	}
	return conn, err
}

func (c *Client) dial(ctx context.Context, h actions.Host) (*connection, error) {
	way := hops(h)
	held, done := agentSigners(ctx, c.cfg.Agent)
	defer done()
	for i := range way {
		var err error
		if way[i].auth, err = c.keys.auth(c.cfg, way[i].login, held); err != nil {
			return nil, err
		}
	}
	tcp, err := new(net.Dialer).DialContext(ctx, "tcp", way[0].addr)
	if err != nil {
		return nil, fault(ErrUnreachable, err, "%s cannot be reached at %s: %s", way[0].name, way[0].addr, network(err))
	}
	conn := &connection{host: h, tcp: tcp}
	stop := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	if err := c.login(conn, way); err != nil {
		stop()
		conn.Close()
		return nil, err
	}
	if !stop() {
		conn.Close()
		return nil, ctx.Err()
	}
	return conn, nil
}

// login goes hop by hop: a handshake over the connection so far, and a
// connection from there to the next.
func (c *Client) login(conn *connection, way []hop) error {
	through := conn.tcp
	for i, hop := range way {
		client, err := c.handshake(through, hop)
		if err != nil {
			return err
		}
		conn.clients = append(conn.clients, client)
		if i == len(way)-1 {
			break
		}
		next := way[i+1]
		if through, err = client.Dial("tcp", next.addr); err != nil {
			return fault(ErrUnreachable, err, "%s cannot be reached at %s through %s", next.name, next.addr, hop.name)
		}
	}
	return nil
}

func (c *Client) handshake(through net.Conn, hop hop) (*ssh.Client, error) {
	check, err := c.known.verifier(hop)
	if err != nil {
		return nil, err
	}
	sc, chans, reqs, err := ssh.NewClientConn(through, hop.addr, &ssh.ClientConfig{
		User:              hop.user,
		Auth:              []ssh.AuthMethod{hop.auth},
		HostKeyCallback:   check.verify,
		HostKeyAlgorithms: check.algorithms(),
	})
	if err != nil {
		return nil, handshakeFault(hop, check, err)
	}
	return ssh.NewClient(sc, chans, reqs), nil
}

// handshakeFault tells apart what x/crypto puts into one error.
func handshakeFault(hop hop, check *verifier, err error) error {
	var none *ssh.AlgorithmNegotiationError
	switch {
	case check.refused != nil:
		return check.refused
	case errors.As(err, &none) && strings.Contains(err.Error(), "host key"):
		return check.otherTypes(err)
	case errors.As(err, &none):
		return fault(ErrUnreachable, err, "%s speaks no SSH algorithm that is safe enough to be used here", hop.name)
	case check.passed && strings.Contains(err.Error(), "unable to authenticate"),
		check.passed && strings.Contains(err.Error(), "disconnect, reason"):
		return fault(ErrLogin, err, "%s refused the login of %s: no key that was offered is accepted there", hop.name, hop.user)
	case check.passed:
		return fault(ErrUnreachable, err, "%s closed the connection during the login of %s", hop.name, hop.user)
	}
	return fault(ErrUnreachable, err, "%s answered at %s, but not as an SSH server should", hop.name, hop.addr)
}
