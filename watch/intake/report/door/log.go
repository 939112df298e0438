package door

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// Source is the name under which the records of reports travel: one for all reporters, so that
// nobody outside can make names that the engine has to keep.
const Source = "reports"

// Log takes batches. Append returns nil once the batch is durable, and not before.
type Log interface {
	Append(ctx context.Context, b *evenkeel.Batch) error
}

// LogDesk is a Desk that puts what rules may know of reports into a durable log. What is more
// than that (words, evidence, whom to write back to) it drops.
type LogDesk struct {
	Log Log
	Key siphash.Key // of the identities
	Now func() evenkeel.Moment
}

// Had knows of none: a record that comes again counts once.
func (d LogDesk) Had(context.Context, string) (bool, error) { return false, nil }

// Take appends one batch. Reports that name no asset are not in it; where none does, nothing is
// appended.
func (d LogDesk) Take(ctx context.Context, _ string, all []*report.Report) error {
	b := evenkeel.NewBatch(Source, d.Now())
	for _, r := range all {
		r.Add(b, d.Key)
	}
	if len(b.Records) == 0 {
		return nil
	}
	return d.Log.Append(ctx, b)
}
