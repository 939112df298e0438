package availability

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Mark is how far the log was read.
type Mark struct {
	Position uint64          // of the last message whose readings are kept
	Arrived  evenkeel.Moment // when the latest of them came
	Folded   evenkeel.Moment // before it, slots are folded, and readings come too late
}

// LateBefore is the moment before which readings that arrive now come too late. Of the last hour none does: a clock that once
// ran far ahead has folded what was yet to come.
func (m Mark) LateBefore(arrived evenkeel.Moment) evenkeel.Moment {
	return min(m.Folded, SlotOf(arrived.Add(-time.Hour)))
}

// Tally is what became of readings.
type Tally struct {
	Counted int    // were new
	Twice   int    // had come before
	Late    int    // came too late
	New     Counts // what the new ones say
}

// Add adds another.
func (t *Tally) Add(o Tally) {
	t.Counted, t.Twice, t.Late = t.Counted+o.Counted, t.Twice+o.Twice, t.Late+o.Late
	t.New.Add(&o.New)
}

// Count notes a reading that was new.
func (t *Tally) Count(r *Reading) {
	t.Counted++
	if i := columnOf(r.Part); i >= 0 {
		t.New[i] = plus(t.New[i], r.Value)
	}
}

// Held is a site that a tenant held, and of what time something is known of it.
type Held struct {
	Tenant evenkeel.TenantID // "": nobody is known to have held it
	Site   evenkeel.AssetID
	First  evenkeel.Moment // the slot of the first reading
	Last   evenkeel.Moment // the slot of the last one
}

// Compare orders by tenant, then site.
func (h Held) Compare(o Held) int {
	return cmp.Or(cmp.Compare(h.Tenant, o.Tenant), cmp.Compare(h.Site, o.Site))
}

// Record is where all of it is kept, beside the books. Whoever keeps it passes storetest.RunAvailability.
type Record interface {
	// Mark is how far the log was read; the zero Mark at first.
	Mark(ctx context.Context) (Mark, error)
	// Keep counts readings, and then moves the mark: of a process that ends in between, readings come again, and those
	// that were counted are not counted twice. Readings are in any order.
	Keep(ctx context.Context, readings []Reading, position uint64, arrived evenkeel.Moment) (Tally, error)
	// Fold moves slots that began before a moment into days of a zone, at most so many, and says whether there are more.
	// Minutes of nobody go to whom holder names; what it names nobody for stays nobody's. From then
	// on, readings from before count as late.
	Fold(ctx context.Context, before evenkeel.Moment, zone *time.Location, holder Holder, most int) (more bool, err error)
	// Forget takes days away that began before a moment, with hours that were told, and sites of which nothing is left.
	Forget(ctx context.Context, before evenkeel.Moment) error
	// Sites are those of one tenant, or of all, by tenant and site, after one of them, at most so many.
	Sites(ctx context.Context, q Of) ([]Held, error)
	// History is what is known of a tenant's site in [from, until), and what came before in the same day or slot.
	History(ctx context.Context, t evenkeel.TenantID, site evenkeel.AssetID, from, until evenkeel.Moment) (*History, error)
	// ToldHours are the hours in [from, until) in which edges told anything, in order, with the minutes of which they did. What came too
	// late to count says that an edge was there, too.
	ToldHours(ctx context.Context, from, until evenkeel.Moment) ([]ToldHour, error)
	// Latest is the last event about something; nil where there is none.
	Latest(ctx context.Context, kind string, t evenkeel.TenantID, about string) (*Event, error)
	// Tell keeps an event that is to be told; one of the same id changes nothing.
	Tell(ctx context.Context, e *Event) error
	// Events are those of one tenant, or of all, the latest first, at most so many.
	Events(ctx context.Context, t evenkeel.TenantID, most int) ([]Event, error)
	// Untold are events that nobody took yet, the oldest first, at most so many; Told notes that one was taken.
	Untold(ctx context.Context, most int) ([]Event, error)
	Told(ctx context.Context, id string, at evenkeel.Moment) error
	// Erase takes away all that is kept of a tenant.
	Erase(ctx context.Context, t evenkeel.TenantID) error
}

// Holder says who held a site at a moment; "" where nobody is known to.
type Holder func(evenkeel.AssetID, evenkeel.Moment) evenkeel.TenantID

// Of says which sites are asked for.
type Of struct {
	Tenant evenkeel.TenantID // "": of all tenants
	After  Held              // behind this one
	Most   int
}

// ByTenant is a tenant of which nothing else is asked.
func ByTenant(t evenkeel.TenantID) Of { return Of{Tenant: t, Most: MaxSites} }

// MaxSites is how many sites of one tenant are told.
const MaxSites = 10_000

// Sorted puts readings into the order of slots, then sites and tenants, so that each slot is opened once.
func Sorted(in []Reading) []Reading {
	in = slices.Clone(in)
	slices.SortStableFunc(in, func(a, b Reading) int {
		return cmp.Or(cmp.Compare(SlotOf(a.Since), SlotOf(b.Since)), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Tenant, b.Tenant))
	})
	return in
}

// Alike is how many of sorted readings, from the first on, are of one slot of one site and tenant.
func Alike(in []Reading) int {
	for i := range in {
		if in[i].Site != in[0].Site || in[i].Tenant != in[0].Tenant || SlotOf(in[i].Since) != SlotOf(in[0].Since) {
			return i
		}
	}
	return len(in)
}

// Spread folds a slot that a tenant held, or nobody, into days, which open gives; it says whose they are.
func (s *Slot) Spread(t evenkeel.TenantID, site evenkeel.AssetID, zone *time.Location, holder Holder, open func(evenkeel.TenantID, evenkeel.Moment) (*Day, error)) error {
	for _, m := range s.Minutes() {
		whose := t
		if whose == "" && holder != nil {
			whose = holder(site, m.At)
		}
		d, err := open(whose, DayOf(m.At, zone))
		if err != nil {
			return err
		}
		if !d.Fold(m) {
			return evenkeel.Invalid("minute %s is not of the day %s", m.At, d.At)
		}
	}
	return nil
}
