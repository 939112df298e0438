package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/availability"
)

// Sites keeps what came to sites of tenants in memory: an availability.Record.
type Sites struct {
	mu     sync.Mutex
	mark   availability.Mark
	slots  map[siteAt]*availability.Slot
	days   map[siteAt]*availability.Day
	held   map[siteOf]*availability.Held
	events []availability.Event
	told   map[string]bool
	hours  map[evenkeel.Moment]uint64 // by when they began, the minutes of which edges told
}

type siteOf struct {
	tenant evenkeel.TenantID
	site   evenkeel.AssetID
}

type siteAt struct {
	siteOf
	at evenkeel.Moment
}

// NewSites makes an empty one.
func NewSites() *Sites {
	return &Sites{slots: map[siteAt]*availability.Slot{}, days: map[siteAt]*availability.Day{}, held: map[siteOf]*availability.Held{}, told: map[string]bool{}, hours: map[evenkeel.Moment]uint64{}}
}

// Mark is how far the log was read.
func (s *Sites) Mark(ctx context.Context) (availability.Mark, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mark, over(ctx)
}

// Keep counts readings, and moves the mark.
func (s *Sites) Keep(ctx context.Context, readings []availability.Reading, position uint64, arrived evenkeel.Moment) (t availability.Tally, err error) {
	if err := over(ctx); err != nil {
		return t, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range availability.ToldBy(readings) {
		s.hours[h.At] |= h.Minutes
	}
	for i := range readings {
		r := &readings[i]
		k := siteAt{siteOf{r.Tenant, r.Site}, availability.SlotOf(r.Since)}
		if r.Late || k.at < s.mark.LateBefore(arrived) {
			t.Late++
			continue
		}
		slot := s.slots[k]
		if slot == nil {
			slot = &availability.Slot{At: k.at}
		}
		if !slot.Add(r) {
			t.Twice++
			continue
		}
		t.Count(r)
		s.slots[k] = slot
		s.note(k)
	}
	s.mark.Position, s.mark.Arrived = max(s.mark.Position, position), max(s.mark.Arrived, arrived)
	return t, nil
}

func (s *Sites) note(k siteAt) {
	h := s.held[k.siteOf]
	if h == nil {
		h = &availability.Held{Tenant: k.tenant, Site: k.site, First: k.at, Last: k.at}
		s.held[k.siteOf] = h
	}
	h.First, h.Last = min(h.First, k.at), max(h.Last, k.at)
}

func (k siteAt) compare(o siteAt) int {
	return cmp.Or(cmp.Compare(k.at, o.at), cmp.Compare(k.site, o.site), cmp.Compare(k.tenant, o.tenant))
}

// Fold moves slots that began before a moment into days.
func (s *Sites) Fold(ctx context.Context, before evenkeel.Moment, zone *time.Location, holder availability.Holder, most int) (more bool, err error) {
	if err := over(ctx); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := slices.DeleteFunc(slices.SortedFunc(maps.Keys(s.slots), siteAt.compare), func(k siteAt) bool { return k.at >= before })
	more = len(keys) >= most
	keys = keys[:min(len(keys), most)]
	for _, k := range keys {
		err := s.slots[k].Spread(k.tenant, k.site, zone, holder, func(t evenkeel.TenantID, at evenkeel.Moment) (*availability.Day, error) {
			key := siteAt{siteOf{t, k.site}, at}
			if s.days[key] == nil {
				s.days[key] = &availability.Day{At: at}
			}
			s.note(siteAt{key.siteOf, availability.SlotOf(at)})
			return s.days[key], nil
		})
		if err != nil {
			return false, err
		}
		delete(s.slots, k)
	}
	s.mark.Folded = max(s.mark.Folded, before)
	return more, nil
}

// Forget takes days away that began before a moment, and sites of which nothing is left.
func (s *Sites) Forget(ctx context.Context, before evenkeel.Moment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.days, func(k siteAt, _ *availability.Day) bool { return k.at < before })
	maps.DeleteFunc(s.held, func(_ siteOf, h *availability.Held) bool { return h.Last < before })
	maps.DeleteFunc(s.hours, func(at evenkeel.Moment, _ uint64) bool { return at < before })
	return over(ctx)
}

// Sites are the sites of one tenant, or of all.
func (s *Sites) Sites(ctx context.Context, q availability.Of) (all []availability.Held, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.held {
		if (q.Tenant == "" || h.Tenant == q.Tenant) && h.Compare(q.After) > 0 {
			all = append(all, *h)
		}
	}
	slices.SortFunc(all, availability.Held.Compare)
	return all[:min(len(all), q.Most)], over(ctx)
}

// History is what is known of a tenant's site in [from, until).
func (s *Sites) History(ctx context.Context, t evenkeel.TenantID, site evenkeel.AssetID, from, until evenkeel.Moment) (*availability.History, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, of := new(availability.History), siteOf{t, site}
	for k, d := range s.days {
		if k.siteOf == of && k.at > from.Add(-26*time.Hour) && k.at < until {
			h.AddDay(d)
		}
	}
	for k, slot := range s.slots {
		if k.siteOf == of && k.at > from.Add(-availability.Quarter) && k.at < until {
			h.AddSlot(slot)
		}
	}
	return h, over(ctx)
}

// ToldHours are the hours in [from, until) in which edges told anything.
func (s *Sites) ToldHours(ctx context.Context, from, until evenkeel.Moment) (all []availability.ToldHour, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range slices.Sorted(maps.Keys(s.hours)) {
		if at >= from && at < until {
			all = append(all, availability.ToldHour{At: at, Minutes: s.hours[at]})
		}
	}
	return all, over(ctx)
}

// Latest is the last event about something; nil where there is none.
func (s *Sites) Latest(ctx context.Context, kind string, t evenkeel.TenantID, about string) (last *availability.Event, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == kind && e.Tenant == t && e.About == about && (last == nil || e.Revision > last.Revision) {
			last = &e
		}
	}
	return last, over(ctx)
}

// Tell keeps an event that is to be told; one of the same id changes nothing.
func (s *Sites) Tell(ctx context.Context, e *availability.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.events, func(o availability.Event) bool { return o.ID == e.ID }) {
		s.events = append(s.events, *e)
	}
	return over(ctx)
}

// Events are those of one tenant, or of all, the latest first.
func (s *Sites) Events(ctx context.Context, t evenkeel.TenantID, most int) (all []availability.Event, err error) {
	return s.chosen(ctx, most, func(e *availability.Event) bool { return t == "" || e.Tenant == t }, -1)
}

// Untold are events that nobody took yet, the oldest first.
func (s *Sites) Untold(ctx context.Context, most int) (all []availability.Event, err error) {
	return s.chosen(ctx, most, func(e *availability.Event) bool { return !s.told[e.ID] }, 1)
}

func (s *Sites) chosen(ctx context.Context, most int, want func(*availability.Event) bool, order int) (all []availability.Event, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.events {
		if want(&s.events[i]) {
			all = append(all, s.events[i])
		}
	}
	slices.SortFunc(all, func(a, b availability.Event) int {
		return cmp.Or(order*cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return all[:min(len(all), most)], over(ctx)
}

// Told notes that an event was taken.
func (s *Sites) Told(ctx context.Context, id string, _ evenkeel.Moment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[id] = true
	return over(ctx)
}

// Erase takes away all that is kept of a tenant.
func (s *Sites) Erase(ctx context.Context, t evenkeel.TenantID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.slots, func(k siteAt, _ *availability.Slot) bool { return k.tenant == t })
	maps.DeleteFunc(s.days, func(k siteAt, _ *availability.Day) bool { return k.tenant == t })
	maps.DeleteFunc(s.held, func(k siteOf, _ *availability.Held) bool { return k.tenant == t })
	s.events = slices.DeleteFunc(s.events, func(e availability.Event) bool { return e.Tenant == t })
	return over(ctx)
}
