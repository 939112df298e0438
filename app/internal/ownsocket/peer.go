package ownsocket

import (
	"context"
	"fmt"
	"net"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
)

// Peer is who connected: a user and a process of this machine, as the kernel says.
type Peer struct {
	User    uint32
	Process int32
	Known   bool
}

type peerKey struct{}

func peerOf(c net.Conn) (p Peer) {
	if u, ok := c.(*net.UnixConn); ok {
		p.User, p.Process, p.Known = kernel.Peer(u)
	}
	return p
}

// Within is a context in which p asks.
func (p Peer) Within(ctx context.Context) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

// Who says who asks in the context of a request; nobody who is known where that is not noted.
func Who(ctx context.Context) Peer {
	p, _ := ctx.Value(peerKey{}).(Peer)
	return p
}

// Owns says that somebody else than the owner of the directory, or root, asks, or nil.
func (p Peer) Owns(owner uint32) error {
	switch {
	case !p.Known:
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "the kernel does not tell who connects; expected the owner of the data directory"}
	case p.User != 0 && p.User != owner:
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("user %d connects; expected user %d, who owns the data directory, or root", p.User, owner),
		}
	}
	return nil
}
