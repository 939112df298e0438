package report

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Add appends the record of a report to a batch: what rules may know of it. It returns false for a
// report that names no asset (an account, a masked address), which a person has to read. The
// record's id is over the reporter's domain, the report's id and the asset, so that a report that
// is sent twice counts once. key is the secret of the identities; see intake.EventID.
func (r *Report) Add(b *evenkeel.Batch, key siphash.Key) bool {
	asset := r.Source.Asset()
	if asset == "" {
		return false
	}
	h := siphash.New(key)
	for _, part := range []string{"report", r.Reporter.Domain, r.ID, string(asset), r.Class.String()} {
		h.String(part)
	}
	h.Uint64(uint64(r.At))
	b.AddReport(evenkeel.Report{
		At: r.At, ID: h.Sum(), Asset: asset, Kind: r.Class.Kind(), Class: r.Class.String(), Reporter: r.Reporter.Domain,
		Count: r.Incidents, Share: r.Confidence,
	})
	return true
}
