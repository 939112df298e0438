package agent

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/live"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield/host"
)

// A host on which guests come and go sees each, also after more of them than it has room for at once.
func TestMorePortsComeAndGoThanThereIsRoomFor(t *testing.T) { testhost.Alone(t, cameAndWent) }

func cameAndWent(t *testing.T) {
	dir := t.TempDir()
	s := parsed(t, fmt.Sprintf("data: %s\npins: %s/evenkeel\nports: [{name: 'tap-{guest}', kind: veth}]\n", dir, testhost.Pins(t, dir)))
	k, err := live.Open(live.Options{Dir: s.Pins, Ports: 2, Flows: 1024, Destinations: 1024, Ring: 4096})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	h := running(t, Parts{
		Settings: s, Kernel: k, Clock: clock, Name: "host-1", Log: slog.New(slog.DiscardHandler),
		Watch:   func(ctx context.Context, f func(port.Event)) error { return live.Watch(ctx, nil, f) },
		Deliver: func(*evenkeel.Batch) error { return nil },
	})
	for i := range 4 {
		name := fmt.Sprintf("tap-vm-%d", i)
		must(t, "ip link add "+name+" type veth peer name p1")
		eventually(t, name+" is seen", func() bool {
			return len(h.Blind()) == 0 && slices.ContainsFunc(k.Ports(), func(a port.Attached) bool { return a.Place.Name == name })
		})
		must(t, "ip link del "+name)
	}
	eventually(t, "no port that went has a slot", func() bool { return len(k.Ports()) == 0 })
}
