package storetest

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

// ended is what became of an order that ended with a receipt.
func ended(e docket.Ending, r evenkeel.Receipt) docket.Dispatch {
	d := docket.Dispatch{Order: e.Order, Over: e.At, Failed: e.Failed, Receipt: r, Heard: 1}
	if e.Failed {
		d.Why = e.Why
	}
	return d
}

var values = []promise{
	{"every value comes back whole", func(t *testing.T, s *scene) {
		runs := 0
		rapid.Check(t, func(r *rapid.T) {
			runs++
			in := drawFile(r, runs)
			s.enter(in)
			f := s.folder(in.Cases[0].ID)
			f.Row = docket.Row{Case: f.Case}
			same(r, "the folder", f, docket.Folder{
				Row: docket.Row{Case: in.Cases[0]}, Entries: in.Entries, Decisions: in.Decisions, Clocks: in.Clocks, Flags: in.Flags,
				Findings: in.Findings, Notices: in.Notices, Orders: in.Orders, Dispatches: []docket.Dispatch{
					{Notice: in.Notices[0].ID, Deliveries: in.Deliveries}, ended(in.Endings[0], in.Receipts[0]),
				}, Reviews: in.Reviews,
			})
		})
		if v := s.verify(); v.Fault != nil || v.Contents != 4*int64(runs) || v.Rows != 4*int64(runs) {
			t.Errorf("the log does not verify: %+v (%v)", v, v.Fault)
		}
	}},
	{"ten thousand decisions are kept, in one transaction and in many", func(t *testing.T, s *scene) {
		const cases, each, many, running = 20, 490, 200, 40
		var all []evenkeel.Case
		var in docket.Changes
		for n := range cases {
			c := aCase(evenkeel.TenantID(fmt.Sprint("tenant-", n%5)), fmt.Sprint("family-", n%4), n)
			all = append(all, c)
			in.Cases = append(in.Cases, c)
			for m := range each {
				in.Decisions = append(in.Decisions, aDecision(c, m, evenkeel.InForce))
				if m < running {
					in.Clocks = append(in.Clocks, aClock(c, docket.ClockLease, in.Decisions[len(in.Decisions)-1].ID, m))
				}
			}
		}
		s.put(in)
		for m := range many {
			s.put(docket.Changes{Decisions: []evenkeel.Decision{aDecision(all[m%cases], each+m, evenkeel.Proposed)}})
		}
		if n := len(s.due(at(0), 999)); n != cases {
			t.Errorf("%d cases are due; expected %d", n, cases)
		}
		n := 0
		for _, r := range s.cases(docket.Query{}) {
			f := s.folder(r.Case.ID)
			n += len(f.Decisions)
			if r.Proposed != many/cases || r.Highest != evenkeel.MeasureThrottle || len(f.Clocks) != running {
				t.Fatalf("the row is %+v", r)
			}
		}
		if n != cases*each+many {
			t.Errorf("%d decisions are kept; expected %d", n, cases*each+many)
		}
		if d := s.dossierOf(all[0].ID); len(d.Decisions) != each+many/cases || len(d.Clocks) != running {
			t.Errorf("the dossier has %d decisions and %d clocks", len(d.Decisions), len(d.Clocks))
		}
	}},
}
