package stream

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/evenkeel/evenkeel"
)

// Position is the place of a message in the log: 1 for the first one ever, then upwards, with
// gaps where messages are gone. 0 is before all.
type Position uint64

// Intake is the durable topic of everything that telemetry said: a log of batches with one
// total order. Each message holds records of one partition (evenkeel.PartitionOf). All
// methods may be called from several goroutines.
type Intake struct {
	log       log
	logger    *slog.Logger
	splitters sync.Pool
	tally     tally
}

// log is an ordered log of messages. A position that was given once is never given again.
type log interface {
	// append returns nil only once every part is durable. After an error, some may be.
	append(ctx context.Context, parts []part) error
	// follow calls deliver with each message after a position, in order, from the
	// goroutine that called it, until ctx ends or deliver returns an error, which follow
	// returns. data is valid during the call.
	follow(ctx context.Context, after Position, deliver func(at Position, data []byte) error) error
	// trim drops all messages up to and with a position; the next one comes after it.
	trim(ctx context.Context, upTo Position) error
	// bounds returns the positions of the first message and of the last; first is
	// last+1 where there is none.
	bounds(ctx context.Context) (first, last Position, err error)
	close() error
}

// part is a message to be: records of one partition, packed.
type part struct {
	partition int
	data      []byte
}

// Stats counts what an Intake did since it was opened.
type Stats struct {
	Batches  uint64 // batches published
	Records  uint64 // records in them
	Messages uint64 // messages that they became
	Refused  uint64 // batches of which Publish returned an error
	Consumed uint64 // messages that a handler took
	Repeated uint64 // times that a handler returned an error
	Damaged  uint64 // messages that could not be read and were passed over
	Missing  uint64 // positions that were gone though nobody had trimmed them
}

type tally struct {
	batches, records, messages, refused, consumed, repeated, damaged, missing atomic.Uint64
}

func newIntake(logger *slog.Logger) *Intake {
	return &Intake{logger: logger, splitters: sync.Pool{New: func() any { return new(splitter) }}}
}

// Publish appends the records of a batch to the log, as one message or more per partition;
// records of one partition keep their order. It returns nil only once all of them are
// durable. The batch is not changed and not kept.
//
// After an error some of the records may be in the log, or none; the caller publishes the
// batch again, and what comes twice is told apart by the identities of the records. The
// error is of KindInvalid where the batch itself cannot be stored (nothing is, then), and of
// KindUnavailable, with a hint, where the log is full, the disk is full, or the log does not
// answer before ctx ends.
func (in *Intake) Publish(ctx context.Context, b *evenkeel.Batch) error {
	if len(b.Records) == 0 {
		return nil
	}
	s := in.splitters.Get().(*splitter)
	defer in.splitters.Put(s)
	parts, err := s.split(b)
	if err == nil {
		err = in.log.append(ctx, parts)
	}
	if err != nil {
		in.tally.refused.Add(1)
		return err
	}
	in.tally.batches.Add(1)
	in.tally.records.Add(uint64(len(b.Records)))
	in.tally.messages.Add(uint64(len(parts)))
	return nil
}

// Trim drops every message up to and with a position: those that no checkpoint needs any
// more. Positions are never given twice: after Trim beyond the last message, the next one
// comes after upTo. A process that was killed by a power cut without Options.Sync may find
// its checkpoint ahead of the log; it calls Trim with the checkpoint's position before
// anything is published, so that no new batch gets a position that was consumed already.
func (in *Intake) Trim(ctx context.Context, upTo Position) error {
	if upTo == 0 {
		return nil
	}
	return in.log.trim(ctx, upTo)
}

// Bounds returns the positions of the first message that is kept and of the last one; first
// is last+1 where none is.
func (in *Intake) Bounds(ctx context.Context) (first, last Position, err error) {
	return in.log.bounds(ctx)
}

// Stats returns the counts so far.
func (in *Intake) Stats() Stats {
	t := &in.tally
	return Stats{
		Batches: t.batches.Load(), Records: t.records.Load(), Messages: t.messages.Load(), Refused: t.refused.Load(),
		Consumed: t.consumed.Load(), Repeated: t.repeated.Load(), Damaged: t.damaged.Load(), Missing: t.missing.Load(),
	}
}

// missing tells that positions are gone that nobody trimmed.
func (in *Intake) missing(from, to Position) {
	in.tally.missing.Add(uint64(to-from) + 1)
	in.logger.Error("messages of the intake stream are gone", "from", from, "to", to,
		"hint", "they were older than the stream's limit, the disk is damaged, or the power was cut without durability: sync; ask the senders to send again what they still have")
}

// Close ends the log. Publish and Consume then return errors of KindUnavailable. Nothing
// that Open started runs on when Close has returned.
func (in *Intake) Close() error { return in.log.close() }
