package edgelink

import (
	"net"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// gone is a connection that ends once its address was asked for.
type gone struct {
	server.ClientAuthentication
	asked int
}

func (g *gone) GetOpts() *server.ClientOpts { return &server.ClientOpts{Username: "not a name"} }

func (g *gone) RemoteAddress() net.Addr {
	if g.asked++; g.asked > 1 {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 7423}
}

// TestAConnectionThatEndsWhileItIsLookedAtHarmsNobody: whoever can connect could end the process else.
func TestAConnectionThatEndsWhileItIsLookedAtHarmsNobody(t *testing.T) {
	l := open(t, nil, "edge-1")
	if l.Check(&gone{}) || l.Refused() != 1 {
		t.Errorf("%d connections were refused; expected this one", l.Refused())
	}
}
