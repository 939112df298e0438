package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/availability"
)

// RunAvailability holds a store of what came to sites to the contract.
func RunAvailability(t *testing.T, open func(testing.TB) availability.Record) {
	for _, p := range []struct {
		says  string
		holds func(*testing.T, *sitesScene)
	}{
		{"readings count once, whenever and however often they come", readingsOnce},
		{"what is folded says the same, and what comes after is late", foldsAlike},
		{"what nobody held goes to whom it turns out to have been", heldLater},
		{"a site goes with its tenant's key and its time, and nobody else's", sitesGo},
		{"it is kept in which minutes edges told anything", minutesTold},
		{"an event is kept once and told until somebody took it", eventsOnce},
	} {
		t.Run(p.says, func(t *testing.T) { p.holds(t, &sitesScene{t, open(t)}) })
	}
}

type sitesScene struct {
	*testing.T
	availability.Record
}

// sitesBegan is the beginning of a quarter of an hour and of a day of UTC.
const sitesBegan = evenkeel.Moment(1_795_824_000_000_000_000)

func (s *sitesScene) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// arrivesAfter is how long after the beginning readings arrive.
const arrivesAfter = 3 * time.Hour

// second is a reading of what was wanted, or served, in one second.
func second(tenant evenkeel.TenantID, site evenkeel.AssetID, part evenkeel.Part, at int, n uint64) availability.Reading {
	since := sitesBegan.Add(time.Duration(at) * time.Second)
	return availability.Reading{Site: site, Tenant: tenant, Edge: 7, Since: since, At: since + 1e9, Part: part, Value: n}
}

func (s *sitesScene) keep(position uint64, in ...availability.Reading) availability.Tally {
	s.Helper()
	tally, err := s.Keep(s.Context(), in, position, sitesBegan.Add(arrivesAfter))
	s.ok(err)
	return tally
}

func (s *sitesScene) window(tenant evenkeel.TenantID, site evenkeel.AssetID) (wanted, served uint64) {
	s.Helper()
	h, err := s.History(s.Context(), tenant, site, sitesBegan, sitesBegan.Add(24*time.Hour))
	s.ok(err)
	w := h.Window(sitesBegan, sitesBegan.Add(24*time.Hour), nil)
	return w.Wanted, w.Served
}

func (s *sitesScene) expect(tenant evenkeel.TenantID, site evenkeel.AssetID, wanted, served uint64) {
	s.Helper()
	if w, g := s.window(tenant, site); w != wanted || g != served {
		s.Errorf("%s of %s: %d served of %d; expected %d of %d", site, tenant, g, w, served, wanted)
	}
}

const wantedPart, servedPart = evenkeel.PartWanted, evenkeel.PartServed

func readingsOnce(t *testing.T, s *sitesScene) {
	if m, err := s.Mark(t.Context()); m != (availability.Mark{}) || err != nil {
		t.Errorf("at first the mark is %+v, %v", m, err)
	}
	var in []availability.Reading
	for i := range 1000 { // more slots than one transaction takes
		in = append(in, second("acme", []evenkeel.AssetID{"shop", "blog"}[i%2], wantedPart, i*20, 2), second("acme", []evenkeel.AssetID{"shop", "blog"}[i%2], servedPart, i*20, uint64(1-i%2)))
	}
	slices.Reverse(in)
	var said availability.Counts
	said[wantedPart-evenkeel.PartVisits], said[servedPart-evenkeel.PartVisits] = 2000, 500
	if got := s.keep(5, in...); got != (availability.Tally{Counted: 2000, New: said}) {
		t.Errorf("%+v; expected 2000 counted", got)
	}
	if got := s.keep(6, in[:700]...); got != (availability.Tally{Twice: 700}) {
		t.Errorf("again: %+v; expected 700 that came before", got)
	}
	s.expect("acme", "shop", 1000, 500)
	s.expect("acme", "blog", 1000, 0)
	s.expect("other", "shop", 0, 0)
	s.keep(4) // an older message moves no mark back
	if m, err := s.Mark(t.Context()); m.Position != 6 || m.Arrived != sitesBegan.Add(arrivesAfter) || err != nil {
		t.Errorf("the mark is %+v, %v; expected position 6", m, err)
	}
	all, err := s.Sites(t.Context(), availability.Of{Most: 10})
	s.ok(err)
	want := []availability.Held{
		{Tenant: "acme", Site: "blog", First: sitesBegan, Last: availability.SlotOf(sitesBegan.Add(19_980 * time.Second))},
		{Tenant: "acme", Site: "shop", First: sitesBegan, Last: availability.SlotOf(sitesBegan.Add(19_980 * time.Second))},
	}
	if !slices.Equal(all, want) {
		t.Errorf("sites %+v\nexpected %+v", all, want)
	}
	if rest, err := s.Sites(t.Context(), availability.Of{Tenant: "acme", After: all[0], Most: 10}); err != nil || !slices.Equal(rest, want[1:]) {
		t.Errorf("after the first: %+v, %v", rest, err)
	}
}

func foldsAlike(t *testing.T, s *sitesScene) {
	var in []availability.Reading
	for i := range 100 {
		in = append(in, second("acme", "shop", wantedPart, i*60, 10), second("acme", "shop", servedPart, i*60, uint64(10-i%3)))
	}
	s.keep(1, in...)
	wanted, served := s.window("acme", "shop")
	horizon := sitesBegan.Add(time.Hour)
	for folds := 0; ; folds++ {
		more, err := s.Fold(t.Context(), horizon, time.UTC, nil, 2)
		s.ok(err)
		s.expect("acme", "shop", wanted, served)
		if !more {
			if folds != 2 {
				t.Errorf("four quarters were folded in %d times after the first; expected 2", folds)
			}
			break
		}
	}
	if got := s.keep(2, in...); got != (availability.Tally{Twice: 80, Late: 120}) {
		t.Errorf("%+v; expected that the 120 of the first hour come too late, and the others came before", got)
	}
	s.expect("acme", "shop", wanted, served)
	_, err := s.Fold(t.Context(), sitesBegan, time.UTC, nil, 10) // never back
	s.ok(err)
	defer func() { // a clock that ran a year ahead: what comes when it is right again counts, and is folded
		_, err := s.Fold(t.Context(), sitesBegan.Add(365*24*time.Hour), time.UTC, nil, 100)
		s.ok(err)
		wanted, _ := s.window("acme", "shop")
		tally, err := s.Keep(t.Context(), []availability.Reading{second("acme", "shop", wantedPart, 7200, 5)}, 9, sitesBegan.Add(2*time.Hour+time.Minute))
		s.ok(err)
		more, err := s.Fold(t.Context(), sitesBegan.Add(4*time.Hour), time.UTC, nil, 100)
		s.ok(err)
		if now, _ := s.window("acme", "shop"); tally.Counted != 1 || more || now != wanted+5 {
			t.Errorf("after a clock ran ahead: %+v, %d wanted; expected %d", tally, now, wanted+5)
		}
	}()
	if m, err := s.Mark(t.Context()); m.Folded != horizon || err != nil {
		t.Errorf("%+v, %v; expected that what is folded stays so", m, err)
	}
}

func heldLater(t *testing.T, s *sitesScene) {
	s.keep(1, second("", "shop", wantedPart, 0, 3), second("", "shop", wantedPart, 60, 5), second("", "wild", wantedPart, 0, 1))
	holder := func(site evenkeel.AssetID, at evenkeel.Moment) evenkeel.TenantID {
		switch {
		case site == "wild":
			return ""
		case at < sitesBegan.Add(time.Minute):
			return "old"
		}
		return "new"
	}
	_, err := s.Fold(t.Context(), sitesBegan.Add(time.Hour), time.UTC, holder, 100)
	s.ok(err)
	s.expect("old", "shop", 3, 0)
	s.expect("new", "shop", 5, 0)
	s.expect("", "wild", 1, 0)
	s.expect("", "shop", 0, 0)
}

func sitesGo(t *testing.T, s *sitesScene) {
	for _, tenant := range []evenkeel.TenantID{"acme", "other"} {
		s.keep(1, second(tenant, "a", wantedPart, 0, 1), second(tenant, "a", wantedPart, 7200, 1))
		s.ok(s.Tell(t.Context(), &availability.Event{ID: "e-" + string(tenant), Kind: "k", Tenant: tenant, About: "m", Revision: 1, At: 1, Data: []byte("{}")}))
	}
	_, err := s.Fold(t.Context(), sitesBegan.Add(time.Hour), time.UTC, nil, 100)
	s.ok(err)
	s.ok(s.Erase(t.Context(), "acme"))
	s.expect("acme", "a", 0, 0)
	s.expect("other", "a", 2, 0)
	if all, err := s.Events(t.Context(), "", 10); err != nil || len(all) != 1 || all[0].Tenant != "other" {
		t.Errorf("%+v, %v; expected that of the other alone", all, err)
	}
	s.ok(s.Forget(t.Context(), sitesBegan.Add(time.Hour)))
	s.expect("other", "a", 1, 0) // what is not folded yet
	s.ok(s.Forget(t.Context(), sitesBegan.Add(72*time.Hour)))
	if all, err := s.Sites(t.Context(), availability.Of{Most: 10}); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v; expected none", all, err)
	}
}

func minutesTold(t *testing.T, s *sitesScene) {
	hours := func(from, until time.Duration) []availability.ToldHour {
		t.Helper()
		all, err := s.ToldHours(t.Context(), sitesBegan.Add(from), sitesBegan.Add(until))
		s.ok(err)
		return all
	}
	if all := hours(0, 24*time.Hour); len(all) != 0 {
		t.Errorf("at first %+v; expected none", all)
	}
	late := second("", "b", servedPart, 7200+61, 0)
	late.Late = true
	tally := s.keep(1, second("acme", "a", wantedPart, 59, 1), second("other", "b", wantedPart, 180, 0), late)
	if tally.Counted != 2 || tally.Late != 1 {
		t.Errorf("%+v; expected two that count and one that is late", tally)
	}
	s.keep(2, second("acme", "a", wantedPart, 60, 1))
	want := []availability.ToldHour{{At: sitesBegan, Minutes: 0b1011}, {At: sitesBegan.Add(2 * time.Hour), Minutes: 0b10}}
	if all := hours(0, 24*time.Hour); !slices.Equal(all, want) {
		t.Errorf("%+v; expected %+v", all, want)
	}
	if all := hours(0, 2*time.Hour); !slices.Equal(all, want[:1]) {
		t.Errorf("%+v; expected %+v", all, want[:1])
	}
	s.expect("", "b", 0, 0)
	s.ok(s.Erase(t.Context(), "acme")) // that an edge was there is no tenant's
	if all := hours(0, 24*time.Hour); !slices.Equal(all, want) {
		t.Errorf("%+v; expected %+v", all, want)
	}
	s.ok(s.Forget(t.Context(), sitesBegan.Add(time.Hour)))
	if all := hours(0, 24*time.Hour); !slices.Equal(all, want[1:]) {
		t.Errorf("%+v; expected %+v", all, want[1:])
	}
}

func eventsOnce(t *testing.T, s *sitesScene) {
	event := func(id string, revision int, at evenkeel.Moment) *availability.Event {
		return &availability.Event{ID: id, Kind: availability.KindMonth, Tenant: "acme", About: "2026-11", Revision: revision, At: at, Data: []byte(`{"a":1}`)}
	}
	if e, err := s.Latest(t.Context(), availability.KindMonth, "acme", "2026-11"); e != nil || err != nil {
		t.Errorf("%+v, %v; expected none", e, err)
	}
	for range 2 {
		s.ok(s.Tell(t.Context(), event("a", 1, 10)))
		s.ok(s.Tell(t.Context(), event("b", 2, 20)))
	}
	e, err := s.Latest(t.Context(), availability.KindMonth, "acme", "2026-11")
	if err != nil || e == nil || e.ID != "b" || e.Revision != 2 || string(e.Data) != `{"a":1}` {
		t.Errorf("%+v, %v; expected the second", e, err)
	}
	ids := func(all []availability.Event, err error) (out []string) {
		t.Helper()
		s.ok(err)
		for _, e := range all {
			out = append(out, e.ID)
		}
		return out
	}
	if got := ids(s.Untold(t.Context(), 10)); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("to tell are %v; expected the older first", got)
	}
	if got := ids(s.Events(t.Context(), "acme", 1)); !slices.Equal(got, []string{"b"}) {
		t.Errorf("the latest is %v", got)
	}
	for i := range 2 {
		s.ok(s.Told(t.Context(), "a", evenkeel.Moment(30+i)))
	}
	if got := ids(s.Untold(t.Context(), 10)); !slices.Equal(got, []string{"b"}) {
		t.Errorf("to tell are %v; expected what nobody took", got)
	}
}
