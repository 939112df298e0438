//go:build linux

package kernel

import (
	"context"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// What root sends to all who listen for interfaces is not the kernel's: two that listen side by side hear what comes,
// and neither ends for it.
func TestWhatIsNotTheKernelsEndsNoListening(t *testing.T) {
	needKernel(t)
	h := &house{t: t, host: newSpace(t)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var heard [2]chan string
	ended := make(chan error, len(heard))
	for i := range heard {
		heard[i] = make(chan string, 256)
		go func() {
			ended <- Watch(ctx, h.host, func(e port.Event) { heard[i] <- e.Place.Name })
		}()
	}
	want := func(name string) {
		t.Helper()
		late := time.After(30 * time.Second)
		for i := range heard {
			for said := ""; said != name; {
				select {
				case said = <-heard[i]:
				case err := <-ended:
					t.Fatalf("before %s was told, one ended: %v", name, err)
				case <-late:
					t.Fatalf("nobody says that %s came", name)
				}
			}
		}
	}
	want("lo") // both listen
	for _, name := range []string{"ekone", "ektwo", "ekthree"} {
		stray(t, h)
		h.in(h.host, func() error {
			return netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: name + "p"})
		})
		want(name)
	}
	cancel()
	for range heard {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// stray sends a request for a listing to all who listen for interfaces: netlink does where it lists and listens at once.
func stray(t *testing.T, h *house) {
	t.Helper()
	space := netns.NsHandle(h.host.Fd())
	updates, done := make(chan netlink.LinkUpdate, 256), make(chan struct{})
	if err := netlink.LinkSubscribeWithOptions(updates, done, netlink.LinkSubscribeOptions{ListExisting: true, Namespace: &space}); err != nil {
		t.Fatal(err)
	}
	close(done)
	for range updates {
	}
}
