package wall

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// refusing is a hand that lets go of nothing while it fails, as the kernel does that has no buffers.
type refusing struct {
	*Memory
	fails bool
}

func (r *refusing) Free(all []netip.Addr) error {
	if r.fails {
		return errors.New("no buffer space available")
	}
	return r.Memory.Free(all)
}

// TestWhatIsFreedIsFreedThoughTheKernelRefusesOnce: innocents would be dropped until the end else, and status would say nothing of it.
func TestWhatIsFreedIsFreedThoughTheKernelRefusesOnce(t *testing.T) {
	h := &refusing{Memory: NewMemory(func() time.Duration { return time.Hour })}
	w, now := New(Config{Hand: h}), evenkeel.Moment(1_800_000_000_000_000_000)
	for i := range MostInNetwork + 1 {
		a := netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 1)})
		w.Came("shop", suspect.Visit{Address: a, SYN: 7, Hello: 9}, now)
		h.fails = i == MostInNetwork // of which all are freed
		_, err := w.Refused([]gateway.Ban{{Tenant: "shop", Proven: true, Ban: suspect.Ban{Address: a, Until: now.Add(5 * time.Minute)}}}, now)
		if (err != nil) != h.fails {
			t.Fatalf("address %d: %v", i, err)
		}
	}
	if held, _ := h.Holds(); len(held) != MostInNetwork {
		t.Fatalf("the kernel drops %d; expected that it still drops %d", len(held), MostInNetwork)
	}
	h.fails = false
	if err := w.Sweep(now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if held, _ := h.Holds(); len(held) != 0 {
		t.Errorf("the kernel drops %d that were freed", len(held))
	}
}
