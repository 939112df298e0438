//go:build linux

package kernel

import (
	"math/rand/v2"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/mirror"
)

// FuzzFrame gives any bytes to the programs and to their mirror, which have to count the same, at both hooks and in both directions.
func FuzzFrame(f *testing.F) {
	b := newBench(f, Options{clock: 3, Ports: 4, Flows: 1024, Destinations: 4096, Ring: 4096}, guestNet)
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		f.Add(frame(r).Data, uint16(0))
	}
	f.Add(frame(r).Data, uint16(100))
	f.Fuzz(func(t *testing.T, data []byte, piece uint16) {
		in := mirror.Frame{Data: data, Piece: uint32(piece)}
		if !runnable(in) || len(data) > 1500 {
			return
		}
		onOneCPU(t)
		b.t = t
		b.again(guestNet)
		m := &mirror.Port{Guest: guestNet, Seed: b.ports[b.slot].Seed}
		m.Set(port.Rules{})
		b.dropped(b.objects.EkTcOut, in)
		m.Out(in, 0)
		b.dropped(b.objects.EkTcIn, in)
		m.In(in, 0)
		in.Piece = 0
		b.dropped(b.objects.EkXdpOut, in)
		m.Out(in, 0)
		if got, want := b.state(), mirrorState(m); got != want {
			t.Errorf("the program counts\n%+v\nthe mirror\n%+v", got.Counts, want.Counts)
		}
	})
}
