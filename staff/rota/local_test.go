package rota

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func TestATimeOfDayOnDaysWhenClocksAreTurned(t *testing.T) {
	for _, c := range []struct {
		name, zone, date string
		clock            clock
		want             string
	}{
		{"an ordinary day", "Europe/Berlin", "2026-11-30", 9 * 60, "2026-11-30T08:00:00Z"},
		{"the end of a day is the beginning of the next", "Europe/Berlin", "2026-11-30", wholeDay, "2026-11-30T23:00:00Z"},
		{"an hour that is skipped begins when it is skipped", "Europe/Berlin", "2026-03-29", 2*60 + 30, "2026-03-29T01:00:00Z"},
		{"the first minute after it too", "Europe/Berlin", "2026-03-29", 3 * 60, "2026-03-29T01:00:00Z"},
		{"an hour that comes twice is the first one", "Europe/Berlin", "2026-10-25", 2*60 + 30, "2026-10-25T00:30:00Z"},
		{"what comes after it comes once", "Europe/Berlin", "2026-10-25", 3 * 60, "2026-10-25T02:00:00Z"},
		{"a skip at midnight", "America/Santiago", "2026-09-06", 0, "2026-09-06T04:00:00Z"},
		{"clocks that go back at midnight show the last hour twice", "America/Santiago", "2026-04-04", 23*60 + 30, "2026-04-05T02:30:00Z"},
		{"half an hour is skipped", "Australia/Lord_Howe", "2026-10-04", 2*60 + 10, "2026-10-03T15:30:00Z"},
		{"a whole day is left out", "Pacific/Apia", "2011-12-30", 12 * 60, "2011-12-30T10:00:00Z"},
		{"a leap day", "Asia/Shanghai", "2028-02-29", 8 * 60, "2028-02-29T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := time.Parse(time.DateOnly, c.date)
			if err != nil {
				t.Fatal(err)
			}
			if got := dayOf(d.Date()).moment(c.clock, zone(t, c.zone)); got.String() != c.want {
				t.Errorf("%v; expected %s", got, c.want)
			}
		})
	}
}

// TestATimeOfDayIsWhenTheClocksFirstReachIt looks at each minute, which is slow and simple.
func TestATimeOfDayIsWhenTheClocksFirstReachIt(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Shanghai", "Asia/Beirut", "Pacific/Apia", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		// Near a day on which clocks are turned, where there is one within a year.
		d := day(rapid.IntRange(1200, 25000).Draw(t, "day"))
		if _, end := d.moment(0, loc).Time().In(loc).ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(t, "turned") {
			d = dateOf(evenkeel.MomentOf(end), loc) + day(rapid.IntRange(-1, 1).Draw(t, "beside"))
		}
		c := clock(rapid.IntRange(0, int(wholeDay)).Draw(t, "clock"))
		wall := (int64(d)*24*60 + int64(c)) * 60
		at := wall - 26*60*60
		for {
			_, offset := time.Unix(at, 0).In(loc).Zone()
			if at+int64(offset) >= wall {
				break
			}
			at += 60
		}
		if got := d.moment(c, loc); got != evenkeel.MomentOf(time.Unix(at, 0)) {
			t.Fatalf("day %d, minute %d in %v: %v; expected %v", d, c, loc, got, time.Unix(at, 0).UTC())
		}
		if got := dateOf(evenkeel.MomentOf(time.Unix(at, 0)), loc); c < wholeDay && got < d {
			t.Fatalf("the date of %v is %d; expected %d or later", time.Unix(at, 0), got, d)
		}
	})
}

func TestEveryNameOfAZoneIsKnown(t *testing.T) {
	for _, name := range strings.Split(strings.TrimSpace(zoneNames), "\n")[1:] {
		if loc, hint := loadZone(name); loc == nil {
			t.Errorf("%s: %s", name, hint)
		}
	}
	for name, hint := range map[string]string{
		"Europe/Berln": "did you mean Europe/Berlin?", "europe/berlin": "did you mean Europe/Berlin?", "Shanghai": "did you mean Asia/Shanghai?",
		"Local": "expected the name of a time zone, such as Europe/Berlin or UTC", "": "expected the name of a time zone, such as Europe/Berlin or UTC",
		"../../etc/passwd": "expected the name of a time zone, such as Europe/Berlin or UTC",
	} {
		if loc, got := loadZone(name); name != "europe/berlin" && (loc != nil || got != hint) {
			t.Errorf("%q: %v, %q; expected %q", name, loc, got, hint)
		}
	}
}
