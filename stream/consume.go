package stream

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/packed"
)

// Handler takes the records of one message. The batch is the handler's to keep.
type Handler func(ctx context.Context, at Position, b *evenkeel.Batch) error

// Consume calls handle with every message after a position, in order and from one goroutine,
// then with new ones as they are published; 0 begins with the oldest that is kept. It
// returns nil when ctx ends, and an error of KindUnavailable when the Intake is closed. The
// position is the caller's to remember: the log keeps none.
//
// Where handle returns an error, the same message comes again after 10 ms, then after twice
// that and so on up to 5 s, until handle takes it. A message that is no readable batch is
// logged at Error with its position, counted as Damaged and passed over: it stays in the log
// until it is trimmed. Positions that are gone before they were consumed (too old, or damaged
// beyond recognition) are logged at Error and counted as Missing.
//
// A position beyond the end of the log is an error of KindConflict: the log has lost
// messages that were consumed already, and new ones would be taken for those. See Trim.
func (in *Intake) Consume(ctx context.Context, after Position, handle Handler) error {
	_, last, err := in.log.bounds(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	case after > last:
		return &evenkeel.Error{
			Kind: evenkeel.KindConflict,
			Says: fmt.Sprintf("consume the intake stream after position %d: it ends at %d", after, last),
			Hint: "the stream lost its newest messages, as a power cut without durability: sync may do, or its folder was replaced; trim it to the position before anything is published",
		}
	}
	r := reader{in: in, at: after, handle: handle}
	err = in.log.follow(ctx, after, func(at Position, data []byte) error { return r.take(ctx, at, data) })
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// reader is where one Consume is.
type reader struct {
	in     *Intake
	at     Position
	handle Handler
	unpack packed.Reader
}

// take sees to one message; an error means that ctx has ended.
func (r *reader) take(ctx context.Context, at Position, data []byte) error {
	if r.at > 0 && at > r.at+1 {
		r.in.missing(r.at+1, at-1)
	}
	b, err := r.unpack.Batch(data)
	if err != nil {
		r.in.tally.damaged.Add(1)
		r.in.logger.Error(fmt.Sprintf("read position %d of the intake stream: it is passed over", at), "position", at, "err", err,
			"hint", "the disk is damaged, or a newer version of the program wrote here; the message stays until it is trimmed")
		r.at = at
		return nil
	}
	err = insist(ctx, r.in.logger, "handle a message of the intake stream", func() error {
		err := r.handle(ctx, at, b)
		if err != nil {
			r.in.tally.repeated.Add(1)
		}
		return err
	})
	if err == nil {
		r.at = at
		r.in.tally.consumed.Add(1)
	}
	return err
}
