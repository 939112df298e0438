//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf/ringbuf"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// mostSamples is how many samples one call gives: twice what the ring of default size holds, so that programs which go on
// keep nobody in it.
const mostSamples = 8192

// past is a deadline that is over: what is in the ring is read, and nothing waited for.
var past = time.Unix(1, 0)

// Samples gives the packets that programs kept since the call before to f, at most 8,192 of them, and waits for none. The data
// is f's only while it is called. What is not fetched in time is an overrun: so what samples cost is bounded by the
// ring and by how often somebody asks.
func (k *Kernel) Samples(f func(port.Sample)) error {
	k.samplesMu.Lock()
	defer k.samplesMu.Unlock()
	if k.ring == nil {
		r, err := ringbuf.NewReader(k.objects.EkSamples)
		if err != nil {
			return fmt.Errorf("open the ring of samples: %w", err)
		}
		r.SetDeadline(past)
		k.ring = r
	}
	for range mostSamples {
		if err := k.ring.ReadInto(&k.record); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return nil
			}
			return fmt.Errorf("read the ring of samples: %w", err)
		}
		if s, ok := sample(k.record.RawSample); ok {
			f(s)
		}
	}
	return nil
}

// closeRing lets go of the ring; nobody reads it any more.
func (k *Kernel) closeRing() error {
	k.samplesMu.Lock()
	defer k.samplesMu.Unlock()
	if k.ring == nil {
		return nil
	}
	err := k.ring.Close()
	k.ring = nil
	return err
}

// SetSampling says how many of a port's packets are kept, and leaves all else that is in force there as it is. It may be
// called each second for each port: it is a store into memory that the program reads.
func (k *Kernel) SetSampling(s port.Slot, v port.Sampling) error {
	if err := (port.Rules{Sample: v}).Check(); err != nil {
		return fmt.Errorf("samples of slot %d: %w", s, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a, err := k.at(s)
	if err != nil {
		return err
	}
	r := k.inForce(s)
	atomic.StoreUint32(&r.Payload, v.Payload)
	atomic.StoreUint32(&r.Sample, v.Every)
	a.rules.Sample = v // for what is written anew from here
	return nil
}

func sample(raw []byte) (port.Sample, bool) {
	var s ekEkSample
	if len(raw) < int(unsafe.Sizeof(s)) {
		return port.Sample{}, false
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s)), raw)
	data := raw[unsafe.Offsetof(s.Data):][:min(int(s.Caught), len(s.Data))] // of raw: s stays on the stack
	return port.Sample{At: s.At, Slot: port.Slot(s.Slot), Bytes: s.Bytes, Cause: port.Cause(s.Cause), Data: data}, true
}
