package sqlite

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (x *tx) keepEntries(ctx context.Context, c *docket.Changes) error {
	id := func(e *evenkeel.Entry) string { return fmt.Sprintf("%d of case %s", e.Seq, e.Case) }
	return keepEach(c.Entries, "entry", id, func(e *evenkeel.Entry, body string) error {
		return x.exec(ctx, "INSERT OR FAIL INTO entries (case_id, seq, kind, ref, state, body) VALUES (?, ?, ?, ?, ?, ?)",
			string(e.Case), e.Seq, e.Kind.String(), e.Ref, e.State, body)
	})
}

// countEntries counts by the number of the last one, since there are no gaps.
func countEntries(ctx context.Context, s *session, c evenkeel.CaseID) (n int64, err error) {
	_, err = s.one(ctx, []any{&n}, "SELECT coalesce(max(seq), 0) FROM entries WHERE case_id = ?", string(c))
	return n, err
}

func listEntries(ctx context.Context, s *session, c evenkeel.CaseID) ([]evenkeel.Entry, error) {
	return values[evenkeel.Entry](ctx, s, "SELECT body FROM entries WHERE case_id = ? ORDER BY seq", string(c))
}
