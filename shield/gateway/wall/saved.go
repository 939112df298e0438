package wall

import (
	"io"
	"net/netip"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
)

// The form of what is kept over a restart: addresses, each with its end.
const (
	savedMagic   = "EKWL"
	savedVersion = 1
)

// Save writes the addresses that are dropped.
func (w *Wall) Save(to io.Writer, now evenkeel.Moment) error {
	all := w.Holds(now)
	out := section.NewWriter(to, savedMagic, savedVersion)
	out.Begin("held")
	out.Uvarint(uint64(len(all)))
	for _, h := range all {
		b := h.Address.As16()
		out.Bytes(b[:])
		out.Uint64(uint64(h.Until))
	}
	_, err := out.Close()
	return err
}

// Load has those dropped that Save wrote, but what ended and what must not be touched by now, and returns how many. What cannot be read is as if it
// were not there, and is an error of type *section.Damaged.
func (w *Wall) Load(from io.Reader, now evenkeel.Moment) (int, error) {
	r := section.NewReader(from, savedMagic, savedVersion)
	r.Begin("held")
	var list []Held
	for range r.Count(Most) {
		var b [16]byte
		r.Bytes(b[:])
		list = append(list, Held{netip.AddrFrom16(b).Unmap(), evenkeel.Moment(r.Uint64())})
		if r.Err() != nil {
			break
		}
	}
	if err := r.Close(); err != nil {
		return 0, err
	}
	return w.Take(list, now)
}
