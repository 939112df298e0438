package agent

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// The bounds of what is merged.
const (
	mostSpan   = 10 * time.Second // of one reading: no rule looks at less
	mostMerged = 256 << 10        // bytes of a batch
)

// counted are the readings that add up: of one line, and all else alike.
type counted struct {
	line  uint64
	asset evenkeel.Sym
	op    uint8
	part  uint8
	count int64
}

// Merge joins two neighbouring batches of a buffer that is full into one, the older one's records first; false where that would
// be too long. What passed a port in seconds that touch becomes one reading of them together, up to mostSpan: each part of the
// port's meters that is a delta is defined as a sum over seconds, also those of the address that got most and
// of what was not met before. All else stays as it is.
func Merge(older, newer *evenkeel.Batch) (*evenkeel.Batch, bool) {
	if older.Source != newer.Source {
		return nil, false
	}
	both := evenkeel.NewBatch(older.Source, older.Arrived)
	last := map[counted]int{} // where its newest reading is
	gone := map[int]bool{}    // went into a newer one
	for _, b := range []*evenkeel.Batch{older, newer} {
		for i := range b.Records {
			r := b.Records[i]
			r.Asset, r.Tenant = both.Intern(b.Text(r.Asset)), both.Intern(b.Text(r.Tenant))
			for k, n := range r.Names {
				r.Names[k] = both.Intern(b.Text(n))
			}
			if !addsUp(&r) {
				both.Records = append(both.Records, r)
				continue
			}
			key := counted{r.Line, r.Asset, r.Op, r.Part, r.Count}
			if at, ok := last[key]; ok {
				if p := &both.Records[at]; p.At == r.Since && r.At.Sub(p.Since) <= mostSpan {
					r.Since = p.Since
					r.Value += p.Value
					gone[at] = true
				}
			}
			last[key] = len(both.Records)
			both.Records = append(both.Records, r)
		}
	}
	kept := both.Records[:0]
	for i := range both.Records {
		if !gone[i] {
			kept = append(kept, both.Records[i])
		}
	}
	both.Records = kept
	return both, len(evenkeel.AppendBatch(nil, both)) <= mostMerged
}

// addsUp says whether two readings that touch are one of both together.
func addsUp(r *evenkeel.Record) bool {
	if r.Kind != evenkeel.KindUsage || evenkeel.Form(r.Form) != evenkeel.FormDelta || r.Since <= 0 || r.Since >= r.At {
		return false
	}
	switch evenkeel.Meter(r.Op) {
	case evenkeel.MeterPort, evenkeel.MeterReflectedOut, evenkeel.MeterReflectedIn, evenkeel.MeterSite:
		return true
	}
	return false
}
