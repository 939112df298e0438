package edge

import (
	"net/netip"
	"sync"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// seen are the connections that the sieve carries, by who is at their other end: what the gateway behind asks the guard about is known by its hello
// then, as if it were decrypted here. Any goroutine may use it.
type seen [16]struct {
	mu sync.RWMutex
	of map[netip.AddrPort]seenClient
}

type seenClient struct {
	visitor *door.Visitor
	client  *gateway.Client
}

func seenAt(a netip.Addr, port uint16) (key netip.AddrPort, shard int) {
	return netip.AddrPortFrom(a.Unmap().WithZone(""), port), int(port % 16)
}

// put adds a connection. Where one has that address and port already, as behind two proxies that tell of them, the later counts.
func (s *seen) put(v *door.Visitor, c *gateway.Client) {
	key, at := seenAt(v.Remote.Addr(), v.Remote.Port())
	x := &s[at]
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of == nil {
		x.of = map[netip.AddrPort]seenClient{}
	}
	x.of[key] = seenClient{v, c}
}

// remove takes a connection out that was put in.
func (s *seen) remove(v *door.Visitor) {
	key, at := seenAt(v.Remote.Addr(), v.Remote.Port())
	x := &s[at]
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of[key].visitor == v {
		delete(x.of, key)
	}
}

// client is what a connection shows; nil where there is none.
func (s *seen) client(from netip.Addr, port uint16) *gateway.Client {
	if port == 0 {
		return nil
	}
	key, at := seenAt(from, port)
	x := &s[at]
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.of[key].client
}
