package rota

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestShiftsMeetOnDaysWhenClocksAreTurned(t *testing.T) {
	const text = `
rota: nights
version: 1
zone: Europe/Berlin
persons:
  - {id: day, hours: [{days: daily, from: "02:30", until: "14:30"}]}
  - {id: night, hours: [{days: daily, from: "14:30", until: "02:30"}]}
levels: [{all: [day, night]}]
lead: {person: day}
`
	r := parsed(t, text)
	for _, c := range []struct {
		name, from, until, want string
	}{
		{"a shift that begins in the skipped hour begins when it is skipped", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z",
			"night 00:00-03:00, day 03:00-14:30, night 14:30-00:00"},
		{"one that begins in the hour that comes twice begins the first time", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z",
			"night 00:00-02:30, day 02:30-14:30, night 14:30-00:00"},
		{"a leap day is a day", "2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z", "night 00:00-02:30, day 02:30-14:30, night 14:30-00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := r.Shifts(when(t, c.from), when(t, c.until))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range all {
				if s.Level == 1 {
					clock := func(at time.Time) string { return at.In(r.Zone()).Format("15:04") }
					got = append(got, fmt.Sprintf("%s %s-%s", names(s.Persons), clock(s.From.Time()), clock(s.Until.Time())))
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%s; expected %s", strings.Join(got, ", "), c.want)
			}
		})
	}
}

// TestWhatIsAmissIsFound: R21, a gap is known before somebody needs to be reached in it.
func TestWhatIsAmissIsFound(t *testing.T) {
	r := parsed(t, house)
	faults, err := r.Check(when(t, "2026-12-27T00:00:00+01:00"), when(t, "2026-12-31T00:00:00+01:00"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Kind.String()+": "+f.Says)
	}
	want := []string{
		"gap: nobody is on call at level 2 from Sun 2026-12-27 00:00 CET until Sun 2026-12-27 01:00 CET",
		"gap: nobody is on call at level 2 from Sun 2026-12-27 13:00 CET until Mon 2026-12-28 01:00 CET",
		"gap: nobody is on call at level 1 from Mon 2026-12-28 09:00 CET until Thu 2026-12-31 00:00 CET",
		"gap: nobody is on call at level 2 from Mon 2026-12-28 13:00 CET until Tue 2026-12-29 00:00 CET",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestALevelThatReachesTheSamePersonIsFound(t *testing.T) {
	r := parsed(t, `
rota: r
version: 1
zone: UTC
persons: [{id: ada}, {id: ben}, {id: chen}]
rotations: [{id: turns, persons: [ada, ben], begins: 2026-11-02, days: 1}]
levels: [{rotation: turns}, {person: ada}]
lead: {person: ada}
`)
	faults, err := r.Check(when(t, "2026-11-02T00:00:00Z"), when(t, "2026-11-05T00:00:00Z"))
	if err != nil || len(faults) != 3 {
		t.Fatalf("%v, %+v", err, faults)
	}
	for i, want := range []string{
		"level 2 reaches nobody but those of level 1 from Mon 2026-11-02 00:00 UTC until Tue 2026-11-03 00:00 UTC",
		"level 2 reaches nobody but those of level 1 from Wed 2026-11-04 00:00 UTC until Thu 2026-11-05 00:00 UTC",
		"chen is in no rotation and no step, and stands in for nobody: nothing ever calls chen",
	} {
		if faults[i].Says != want {
			t.Errorf("%s; expected %s", faults[i].Says, want)
		}
	}
}

func TestASpanIsBounded(t *testing.T) {
	r, from := parsed(t, house), when(t, "2026-01-01T00:00:00Z")
	for _, d := range []time.Duration{0, -time.Hour, MaxSpan + 1} {
		if _, err := r.Check(from, from.Add(d)); err == nil {
			t.Errorf("%v: there is no error", d)
		}
	}
	if _, err := r.Shifts(from, from.Add(MaxSpan)); err != nil {
		t.Error(err)
	}
}
