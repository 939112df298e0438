package sqlite

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keepFindings keeps evidence: of the same revision, what came first.
func (x *tx) keepFindings(ctx context.Context, c *docket.Changes) error {
	return keepEach(c.Findings, "finding", docket.FindingKey, func(f *evenkeel.Finding, body string) error {
		return x.exec(ctx, "INSERT OR FAIL INTO findings (id, revision, body) VALUES (?, ?, ?) ON CONFLICT (id, revision) DO NOTHING",
			string(f.ID), f.Revision.String(), body)
	})
}

// listFindings are those that the timeline of a case tells of, in its order.
func listFindings(ctx context.Context, s *session, c evenkeel.CaseID) ([]evenkeel.Finding, error) {
	return values[evenkeel.Finding](ctx, s, `SELECT f.body FROM entries e JOIN findings f ON f.id = e.ref AND f.revision = e.state
		WHERE e.case_id = ? AND e.kind = 'found' ORDER BY e.seq`, string(c))
}

// Finding returns a revision of a finding, or nil.
func (x *tx) Finding(id evenkeel.FindingID, r evenkeel.Revision) (*evenkeel.Finding, error) {
	found, err := values[evenkeel.Finding](context.Background(), x.session, "SELECT body FROM findings WHERE id = ? AND revision = ?", string(id), r.String())
	if len(found) == 0 || err != nil {
		return nil, told("read finding "+string(id), err)
	}
	return &found[0], nil
}
