package rota

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// drawn is a random document, without its overrides, and these.
func drawn(t *rapid.T) (text, overrides string) {
	zones := []string{"Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "UTC"}
	sampled := func(name string) string { return rapid.SampledFrom(zones).Draw(t, name) }
	hour := func(name string) string {
		return fmt.Sprintf("%02d:%02d", rapid.IntRange(0, 23).Draw(t, name), 15*rapid.IntRange(0, 3).Draw(t, name))
	}
	date := func(name string) time.Time {
		return time.Date(2026, 3, 1+rapid.IntRange(0, 60).Draw(t, name), 0, 0, 0, 0, time.UTC)
	}
	span := func() string {
		from := date("from")
		return fmt.Sprintf("from: %s %s, until: %s 23:59", from.Format(time.DateOnly), hour("hour"), from.AddDate(0, 0, rapid.IntRange(1, 6).Draw(t, "long")).Format(time.DateOnly))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rota: drawn\nversion: 1\nzone: %s\npersons:\n", sampled("zone"))
	n := rapid.IntRange(2, 5).Draw(t, "persons")
	ids := make([]string, n)
	for i := range n {
		ids[i] = fmt.Sprintf("p%d", i)
		fmt.Fprintf(&b, "  - id: p%d\n    zone: %s\n", i, sampled("zone of person"))
		if rapid.Bool().Draw(t, "hours") {
			fmt.Fprintf(&b, "    hours: [{days: %s, from: %q, until: %q}]\n", rapid.SampledFrom([]string{"daily", "mon-fri", "sat-mon", "sun"}).Draw(t, "days"), hour("from"), hour("until"))
		}
		if rapid.Bool().Draw(t, "away") {
			fmt.Fprintf(&b, "    away: [{%s}]\n", span())
		}
	}
	fmt.Fprintf(&b, "rotations:\n  - {id: a, persons: [%s], begins: %s, days: %d, handover: {at: %q, zone: %s}}\n",
		strings.Join(ids, ", "), date("begins").Format(time.DateOnly), rapid.IntRange(1, 15).Draw(t, "turn"), hour("handover"), sampled("zone of handover"))
	fmt.Fprintf(&b, "levels: [{rotation: a}, {all: [%s]}]\nlead: {person: p0}\n", strings.Join(ids[:2], ", "))
	var o strings.Builder
	for range rapid.IntRange(1, 3).Draw(t, "overrides") {
		who := rapid.IntRange(0, n-1).Draw(t, "who")
		fmt.Fprintf(&o, "  - {%s, instead_of: p%d, who: p%d}\n", span(), who, (who+1)%n)
	}
	return b.String(), "overrides:\n" + o.String()
}

var someday = evenkeel.MomentOf(time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC))

// TestOneHasTheTurnAndShiftsSayWhatOnCallSays: no time is without an answer that Shifts does not
// list as a gap, the list has no holes, and exactly one member has a turn at each time.
func TestOneHasTheTurnAndShiftsSayWhatOnCallSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, overrides := drawn(t)
		r, err := Parse("drawn", []byte(text+overrides))
		if err != nil {
			t.Fatal(err)
		}
		from, until := someday, someday.Add(90*24*time.Hour)
		all, err := r.Shifts(from, until)
		if err != nil {
			t.Fatal(err)
		}
		end := map[int]evenkeel.Moment{}
		for i, s := range all {
			if i > 0 && all[i-1].Level == s.Level && all[i-1].Until != s.From || s.From >= s.Until || (i == 0 || all[i-1].Level != s.Level) && s.From != from {
				t.Fatalf("a hole before %+v", s)
			}
			end[s.Level] = s.Until
		}
		if end[1] != until || end[2] != until || end[Leading] != until {
			t.Fatalf("the levels end at %v; expected %v", end, until)
		}
		turns := r.levels[0].turns
		for range 30 {
			at := from.Add(time.Duration(rapid.Int64Range(0, int64(until-from)-1).Draw(t, "at")))
			for _, s := range all {
				who := r.Lead(at)
				if s.Level != Leading {
					who = r.OnCall(s.Level, at)
				}
				if s.From <= at && at < s.Until && names(s.Persons) != names(who) {
					t.Fatalf("level %d at %v: %q is on call, and %q on the list", s.Level, at, names(who), names(s.Persons))
				}
			}
			have := 0
			for n := -200; n <= 200; n++ {
				if turns.handover(n) <= at && at < turns.handover(n+1) {
					have++
					if turns.turn(at) != n {
						t.Fatalf("at %v turn %d; expected %d", at, turns.turn(at), n)
					}
				}
			}
			if have != 1 {
				t.Fatalf("%d turns at %v", have, at)
			}
		}
	})
}

// TestOverridesChangeNothingOutsideTheirInterval, and the desk not at all.
func TestOverridesChangeNothingOutsideTheirInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, overrides := drawn(t)
		with, err := Parse("drawn", []byte(text+overrides))
		if err != nil {
			t.Fatal(err)
		}
		without, err := Parse("drawn", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			at := someday.Add(time.Duration(rapid.Int64Range(0, int64(90*24*time.Hour)).Draw(t, "at")))
			inside := false
			for _, p := range with.persons {
				for _, o := range p.instead {
					inside = inside || o.covers(at)
				}
			}
			for level := 1; level <= 2; level++ {
				if a, b := names(with.OnCall(level, at)), names(without.OnCall(level, at)); !inside && a != b {
					t.Fatalf("level %d at %v: %q with overrides, %q without", level, at, a, b)
				}
			}
			if with.Staffed(at) != without.Staffed(at) {
				t.Fatal("an override changed the desk")
			}
		}
	})
}
