package docket

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Reader shows what the books hold, as of one moment per call. It changes nothing.
type Reader interface {
	// Cases returns cases with what stands in them, those opened last first (then by id), or
	// in the order of the docket (CompareRows) where the query says so.
	Cases(ctx context.Context, q Query) ([]Row, error)
	// Folder returns all that is kept about a case. KindNotFound where there is no such case.
	Folder(ctx context.Context, c evenkeel.CaseID) (Folder, error)
	// Flags returns flags by tenant, From and ID: those of one tenant, or of all where it is "";
	// revoked and past ones too.
	Flags(ctx context.Context, t evenkeel.TenantID) ([]evenkeel.Flag, error)
}

// Pages is a Reader that tells what a list is about without reading all of it.
type Pages interface {
	Reader
	// Count returns how many cases there are that are asked for, whatever Max and Skip.
	Count(ctx context.Context, q Query) (int, error)
	// Families returns the families of rules, in order, that there are cases under that are
	// asked for, whatever Family and Skip; with a Max at most so many of them.
	Families(ctx context.Context, q Query) ([]string, error)
}

// Query says which cases are asked for.
type Query struct {
	Tenant evenkeel.TenantID // "" any
	Family string            // "" any
	Closed bool              // closed ones too
	Max    int               // at most so many; 0 all
	// ByPlace asks for the order of the docket, what a person looks at first first. With a Max
	// no more is read than is asked for, however many cases there are.
	ByPlace bool
	Skip    int // so many of the first are left out
}

// Cut returns those of a list, all that are asked for and in their order, that Skip and Max
// leave.
func Cut[T any](q *Query, list []T) []T {
	list = list[min(max(q.Skip, 0), len(list)):]
	if q.Max > 0 {
		list = list[:min(q.Max, len(list))]
	}
	return list
}

// Row is a case as a list shows it.
type Row struct {
	Case evenkeel.Case
	// Highest is the highest live measure in force; none where nothing stands.
	Highest evenkeel.Measure
	// Proposed is how many live decisions wait for a person, Held how many for a time.
	Proposed int
	Held     int
	Coming   evenkeel.Measure // the highest of those that are held; none where nothing is
	Wanted   evenkeel.Measure // the highest that was wanted where something is in force, whatever is
	// Due is when the first running clock of the case runs out that it shows (ClockKind.Shows), and DueKind whose it is; 0
	// where none runs.
	Due     evenkeel.Moment
	DueKind ClockKind
	Cleared bool // the tenant was cleared before, in any family
	// What is known of whether the measures in force are carried out. One counts in one of the
	// three, or in none where a node said last that it applies it, or where nobody has to carry
	// it out, as with a notice.

	// Unconfirmed is how many of them nobody has confirmed and nobody has refused: the order
	// waits, or was taken without a word of what was done, or its node has let go.
	Unconfirmed int
	// Failed is how many of them no one carries out: the last receipt says refused, or the
	// order was given up and no receipt came since. Unstopped is how many of those keep packets
	// from others (limit, drop-flow, isolate and what is above it): what hurts third parties
	// may go on, though the books have stopped it: whether it does is not known here.
	Failed    int
	Unstopped int
	// OnPaper is how many of them are only written down.
	OnPaper int

	// Untold is how many notices of live decisions that are in force or held reached nobody
	// (Dispatch.Untold), receipts of appeals and reminders in turn aside, and Unaware how many of those are of
	// enforced measures in force: whoever bears it does not know why, cannot answer, and no clock calls anybody to that.
	Untold  int
	Unaware int

	// Lawful are the lawful orders in force in the case, by decision; those whose end has come and that
	// nobody has let go of yet too.
	Lawful []Withholding

	// Appeals is how many decisions were appealed on which nobody has decided, and AppealDue by
	// when a person has to, of the first; 0 where there is none.
	Appeals   int
	AppealDue evenkeel.Moment
	// Urgent is not 0 where a contact of the tenant says that production is down, or that all
	// questions are answered, and nobody has decided since: when it said so, or when the lead was
	// called for that last.
	Urgent evenkeel.Moment

	// Asked is whose verdict a review of the case waits for, and "" where none does. A reader is told that it
	// is them, and of nobody else who it is (Blind).
	Asked evenkeel.PersonID
}

// CountReview counts a review of the case.
func (r *Row) CountReview(x *Review) {
	if p := x.Waits(); p != "" {
		r.Asked = p
	}
}

// CountClock counts a running clock of the case, paused ones too.
func (r *Row) CountClock(k *Clock) {
	switch {
	case k.Kind == ClockAppealAnswer:
		r.Appeals++
		if r.AppealDue == 0 || k.Due < r.AppealDue {
			r.AppealDue = k.Due
		}
	case k.Kind == ClockUrgent && (r.Urgent == 0 || k.Started < r.Urgent):
		r.Urgent = k.Started
	}
}

// Count counts a live measure in force by what became of its order: the zero Dispatch where
// there is none.
func (r *Row) Count(m evenkeel.Measure, order *Dispatch) {
	r.Highest = max(r.Highest, m)
	switch {
	case !m.Enforced():
	case order.OnPaper():
		r.OnPaper++
	case order.Receipt.State == evenkeel.ReceiptApplied:
	case order.Undone() || order.LetGo():
		r.Failed++
		if m == evenkeel.MeasureLimit || m == evenkeel.MeasureDropFlow || m >= evenkeel.MeasureIsolate {
			r.Unstopped++
		}
	default:
		r.Unconfirmed++
	}
}

// CountUntold counts a notice that reached nobody, of a live decision in its state.
func (r *Row) CountUntold(m evenkeel.Measure, is evenkeel.DecisionState) {
	switch {
	case is != evenkeel.InForce && is != evenkeel.Held:
		return
	case is == evenkeel.InForce && m.Enforced():
		r.Unaware++
	}
	r.Untold++
}

// Folder is all that is kept about one case.
type Folder struct {
	Row
	Entries   []evenkeel.Entry    // by Seq
	Decisions []evenkeel.Decision // in the order of their making, as they stand
	Clocks    []Clock             // ended ones too, by Started, then kind and decision
	Flags     []evenkeel.Flag     // of the tenant and the family, by From and ID; revoked ones too
	Prior     []evenkeel.Case     // as in a Dossier
	Findings  []evenkeel.Finding  // that were taken into the case, in that order
	Notices   []evenkeel.Notice   // in the order of their writing
	Orders    []evenkeel.Order    // in the order of their writing
	// Dispatches are what became of Notices and of Orders, in their order, notices first.
	Dispatches []Dispatch
	Reviews    []Review  // opened first first, then by id; see Blind
	Pages      []Calling // in the order of their writing
	// Elsewhere are the lawful orders in force in other cases of the tenant, as in a Dossier.
	Elsewhere []Withholding
}
