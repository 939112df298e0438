//go:build linux

package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"unsafe"

	"github.com/cilium/ebpf/ringbuf"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// Samples gives the packets that programs keep to f, until ctx is over. The data is f's only while it is called. One
// caller at a time gets them.
func (k *Kernel) Samples(ctx context.Context, f func(port.Sample)) error {
	r, err := ringbuf.NewReader(k.objects.EkSamples)
	if err != nil {
		return fmt.Errorf("open the ring of samples: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { r.Close() })
	defer stop()
	defer r.Close()
	var record ringbuf.Record
	for {
		if err := r.ReadInto(&record); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return nil
			}
			return fmt.Errorf("read the ring of samples: %w", err)
		}
		if s, ok := sample(record.RawSample); ok {
			f(s)
		}
	}
}

func sample(raw []byte) (port.Sample, bool) {
	var s ekEkSample
	if len(raw) < int(unsafe.Sizeof(s)) {
		return port.Sample{}, false
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s)), raw)
	n := min(int(s.Caught), len(s.Data))
	return port.Sample{At: s.At, Slot: port.Slot(s.Slot), Bytes: s.Bytes, Cause: port.Cause(s.Cause), Data: s.Data[:n]}, true
}
