package docket

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Reader shows what the books hold, as of one moment per call. It changes nothing.
type Reader interface {
	// Cases returns cases with what stands in them, those opened last first (then by id).
	Cases(ctx context.Context, q Query) ([]Row, error)
	// Folder returns all that is kept about a case. KindNotFound where there is no such case.
	Folder(ctx context.Context, c evenkeel.CaseID) (Folder, error)
	// Flags returns flags by tenant, From and ID: those of one tenant, or of all where it is "";
	// revoked and past ones too.
	Flags(ctx context.Context, t evenkeel.TenantID) ([]evenkeel.Flag, error)
}

// Query says which cases are asked for.
type Query struct {
	Tenant evenkeel.TenantID // "" any
	Family string            // "" any
	Closed bool              // closed ones too
	Max    int               // at most so many; 0 all
}

// Row is a case as a list shows it.
type Row struct {
	Case evenkeel.Case
	// Highest is the highest live measure in force; none where nothing stands.
	Highest evenkeel.Measure
	// Proposed is how many live decisions wait for a person, Held how many for a time.
	Proposed int
	Held     int
	// Due is when the first running clock of the case runs out, and DueKind whose it is; 0
	// where none runs.
	Due     evenkeel.Moment
	DueKind ClockKind
	Cleared bool // the tenant was cleared before, in any family
	// Unconfirmed is how many measures in force no node has confirmed.
	Unconfirmed int
}

// Folder is all that is kept about one case.
type Folder struct {
	Row
	Entries   []evenkeel.Entry    // by Seq
	Decisions []evenkeel.Decision // in the order of their making, as they stand
	Clocks    []Clock             // ended ones too, by Started, then kind and decision
	Flags     []evenkeel.Flag     // of the tenant and the family, by From and ID; revoked ones too
	Prior     []evenkeel.Case     // the tenant's other cases of any family, newest first, at most MaxPrior
	Findings  []evenkeel.Finding  // that were taken into the case, in that order
	Notices   []evenkeel.Notice   // in the order of their writing
	Orders    []evenkeel.Order    // in the order of their writing
	// Dispatches are what became of Notices and of Orders, in their order, notices first.
	Dispatches []Dispatch
}
