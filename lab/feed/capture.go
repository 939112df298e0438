package feed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// captureMagics are how captures begin: pcap both ways round, with nanoseconds, and pcapng.
var captureMagics = [][]byte{
	{0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}, {0x4d, 0x3c, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d}, {0x0a, 0x0d, 0x0d, 0x0a},
}

// captured says whether a text is to be read as a capture: it is said so, or it begins like one. The
// text is returned whole.
func (r *Reader) captured(text io.Reader) (bool, io.Reader) {
	if r.opts.Format != FormatDetect {
		return r.opts.Format == FormatPCAP, text
	}
	in := bufio.NewReaderSize(text, 4096)
	begins, _ := in.Peek(4)
	for _, m := range captureMagics {
		if bytes.Equal(begins, m) {
			return true, in
		}
	}
	return false, in
}

// capture reads the packets of a capture into the records that the guests' ports would give.
func (r *Reader) capture(ctx context.Context, in io.Reader, name string, emit func(*evenkeel.Batch) error) error {
	if r.opts.Guests.Len() == 0 {
		return formatError{&evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("read %s: it holds packets, and no guest is known whose they could be", name),
			Hint: "name guests with --guest 192.0.2.7=vm-1 or --guest 2001:db8:7::/64=vm-1, or give an --inventory in which assets of kind address are held",
		}}
	}
	meter, err := wire.New(wire.Options{Source: r.opts.Source, Guests: r.opts.Guests, Egress: r.opts.Egress})
	if err != nil {
		return formatError{&evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("read %s: %v", name, err),
			Hint: fmt.Sprintf("say which addresses are its own: --guest 192.0.2.7=%s; all others are not", r.opts.Egress),
		}}
	}
	packets, err := capture.New(in)
	if errors.Is(err, capture.ErrNotCapture) {
		return formatError{&evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("read %s: %v", name, err)}}
	}
	if err == nil {
		err = r.packets(ctx, packets, meter, name, emit)
	}
	sum, all := meter.Tally(), &r.summary.Packets
	all.Packets, all.Nobodys = all.Packets+sum.Packets, all.Nobodys+sum.Nobodys
	all.Unread, all.Malformed = all.Unread+sum.Unread, all.Malformed+sum.Malformed
	if err == nil || ctx.Err() != nil {
		return err
	}
	if fault, ok := errors.AsType[emitFault](err); ok {
		return fault.error
	}
	r.problem(name, 0, captureDamage(err))
	return nil
}

// emitFault marks an error of whoever takes the records.
type emitFault struct{ error }

// packets gives all packets to the meter. What was read before a fault is told.
func (r *Reader) packets(ctx context.Context, in *capture.Reader, meter *wire.Meter, name string, emit func(*evenkeel.Batch) error) error {
	unknown := int64(0)
	var link capture.Link
	for n := 0; ; n++ {
		p, err := in.Next()
		if err != nil {
			meter.Flush(r.batch)
			r.summary.Lines += in.Packets()
			if in.Damaged() > 0 {
				r.problem(name, 0, fmt.Sprintf("packets left out, since what stands about them contradicts itself: %d of %d", in.Damaged(), in.Packets()))
			}
			if unknown > 0 {
				r.problem(name, 0, fmt.Sprintf("packets left out, since links of their kind are not read: %d of %d (%v)", unknown, in.Packets(), link))
			}
			if e := r.flush(emit); e != nil {
				return emitFault{e}
			}
			if err == io.EOF {
				return nil
			}
			return err
		}
		h, ok := p.Headers()
		if !ok {
			unknown, link = unknown+1, p.Link
			continue
		}
		meter.Packet(r.batch, evenkeel.Moment(p.At), &h)
		if len(r.batch.Records) >= fullRecords || len(r.batch.Strings) >= fullStrings {
			if e := r.flush(emit); e != nil {
				return emitFault{e}
			}
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// captureDamage says why a capture cannot be read on.
func captureDamage(err error) string {
	if d, ok := errors.AsType[*capture.Damage](err); ok {
		return d.Error()
	}
	return damage(err)
}
