package rota

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestWhoIsOnCall: R21, when the only engineer is away somebody else is reached.
func TestWhoIsOnCall(t *testing.T) {
	r := parsed(t, house)
	for _, c := range []struct {
		name  string
		level int
		at    string
		want  string
	}{
		{"the first turn begins with the first of the list", 1, "2026-11-02T09:00:00+01:00", "ada"},
		{"a turn ends when the next begins", 1, "2026-11-09T08:59:59+01:00", "ada"},
		{"the next one has it from the handover on", 1, "2026-11-09T09:00:00+01:00", "ben"},
		{"after the last the first has it again", 1, "2026-11-16T09:00:00+01:00", "ada"},
		{"turns went on before the day on which they begin", 1, "2026-10-27T12:00:00+01:00", "ben"},
		{"whoever stands in is called in the place of another", 1, "2026-11-10T12:00:00+01:00", "dora"},
		{"until that ends", 1, "2026-11-10T18:00:00+01:00", "ben"},
		{"nobody is called who is away", 1, "2026-12-29T12:00:00+01:00", ""},
		{"a turn of two days begins at midnight", 2, "2026-11-03T00:00:00+01:00", "dora"},
		{"hours are those of a person's own zone: 08:00 in Shanghai is 01:00 in Berlin", 2, "2026-11-01T01:00:00+01:00", "chen"},
		{"outside of these a turn is a gap", 2, "2026-11-01T00:59:59+01:00", ""},
		{"and ends at 20:00, 13:00 in Berlin", 2, "2026-11-01T13:00:00+01:00", ""},
		{"all of a step are called", 3, "2026-11-10T12:00:00+01:00", "dora lin"},
		{"beyond the last level there is nobody", 4, "2026-11-10T12:00:00+01:00", ""},
		{"and below the first", 0, "2026-11-10T12:00:00+01:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := names(r.OnCall(c.level, when(t, c.at))); got != c.want {
				t.Errorf("level %d at %s: %q; expected %q", c.level, c.at, got, c.want)
			}
		})
	}
	if got := names(r.Lead(when(t, "2026-11-10T12:00:00Z"))); got != "lin" {
		t.Errorf("%q leads", got)
	}
	if r.Levels() != 3 || names(r.Persons()) != "ada ben chen dora lin" || r.Name() != "night-and-day" || r.Version() != 3 || len(r.Digest()) != 71 {
		t.Errorf("%d levels, %v, %s %d %s", r.Levels(), r.Persons(), r.Name(), r.Version(), r.Digest())
	}
}

// TestTheDeskIsStaffed: F8's clock of the tenant pauses while it is not.
func TestTheDeskIsStaffed(t *testing.T) {
	r := parsed(t, house)
	for _, c := range []struct {
		name string
		at   string
		want bool
	}{
		{"on a Monday at eight", "2026-11-30T08:00:00+01:00", true},
		{"not a second before", "2026-11-30T07:59:59+01:00", false},
		{"not at six in the evening", "2026-11-30T18:00:00+01:00", false},
		{"not on a Saturday", "2026-11-28T12:00:00+01:00", false},
		{"not on a holiday", "2026-12-25T12:00:00+01:00", false},
		{"in summer the hours are those of the clock on the wall", "2026-07-01T06:00:00Z", true},
		{"in winter too", "2026-12-01T06:59:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := r.Staffed(when(t, c.at)); got != c.want {
				t.Errorf("%s: %v", c.at, got)
			}
		})
	}
	always := parsed(t, "rota: r\nversion: 1\nzone: UTC\npersons: [{id: ada}]\nlevels: [{person: ada}]\nlead: {person: ada}\n")
	if !always.Staffed(0) || !always.Staffed(when(t, "2026-11-28T03:00:00Z")) {
		t.Error("a desk without hours is not always staffed")
	}
}

func TestAnOverrideCountsOverHoursAndNotOverAnAbsence(t *testing.T) {
	const text = `
rota: r
version: 1
zone: UTC
persons:
  - {id: ada}
  - {id: ben, hours: [{days: mon, from: "09:00", until: "10:00"}], away: [{from: 2026-11-25, until: 2026-11-26}]}
  - {id: chen}
levels: [{all: [ada, chen]}]
lead: {person: chen}
overrides:
  - {from: 2026-11-24, until: 2026-11-27, instead_of: ada, who: ben}
  - {from: 2026-11-26, until: 2026-11-27, instead_of: ada, who: chen}
`
	r := parsed(t, text)
	for at, want := range map[string]string{
		"2026-11-23T12:00:00Z": "ada chen",
		"2026-11-24T12:00:00Z": "ben chen", // a Tuesday, none of ben's hours
		"2026-11-25T12:00:00Z": "chen",
		"2026-11-26T12:00:00Z": "chen", // the last that was agreed counts, and nobody is called twice
		"2026-11-27T12:00:00Z": "ada chen",
	} {
		if got := names(r.OnCall(1, when(t, at))); got != want {
			t.Errorf("%s: %q; expected %q", at, got, want)
		}
	}
}

// TestOverridesDoNotChain: two persons may swap their turns.
func TestOverridesDoNotChain(t *testing.T) {
	r := parsed(t, `
rota: r
version: 1
zone: UTC
persons: [{id: ada}, {id: ben}, {id: chen}]
levels: [{person: ada}, {person: ben}]
lead: {person: chen}
overrides:
  - {from: 2026-11-24, until: 2026-11-25, instead_of: ada, who: ben}
  - {from: 2026-11-24, until: 2026-11-25, instead_of: ben, who: ada}
`)
	at := when(t, "2026-11-24T12:00:00Z")
	if a, b := names(r.OnCall(1, at)), names(r.OnCall(2, at)); a != "ben" || b != "ada" {
		t.Errorf("level 1: %q, level 2: %q; expected them swapped", a, b)
	}
}

// TestAnAnswerCannotBeSpoiledByWhoGotIt: what is appended to it goes elsewhere.
func TestAnAnswerCannotBeSpoiledByWhoGotIt(t *testing.T) {
	r, at := parsed(t, house), when(t, "2026-11-20T12:00:00Z")
	for level := 1; level <= 3; level++ {
		before := names(r.OnCall(level, at))
		_ = append(r.OnCall(level, at), "mallory")
		if got := names(append(r.OnCall(level, at), "x")); got != strings.TrimSpace(before+" x") || names(r.OnCall(level, at)) != before {
			t.Errorf("level %d: %q, before %q", level, got, before)
		}
	}
}

func TestAnAnswerIsCheap(t *testing.T) {
	r, at := parsed(t, house), when(t, "2026-11-20T12:00:00Z")
	n := testing.AllocsPerRun(100, func() {
		for level := 1; level <= 3; level++ {
			r.OnCall(level, at)
		}
		r.Lead(at)
		r.Staffed(at)
	})
	if n != 0 {
		t.Errorf("%v allocations; expected none", n)
	}
}

func BenchmarkOnCall(b *testing.B) {
	r, at := parsed(b, house), when(b, "2026-11-20T12:00:00Z")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.OnCall(1+i%3, at.Add(0))
	}
}

func BenchmarkStaffed(b *testing.B) {
	r, at := parsed(b, house), when(b, "2026-11-20T12:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		r.Staffed(at)
	}
}

func BenchmarkShiftsOfAYear(b *testing.B) {
	r, at := parsed(b, house), when(b, "2026-01-01T00:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Shifts(at, at.Add(MaxSpan)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTheEndsOfTimeHaveAnAnswer: a clock that jumped far away costs no more than another.
func TestTheEndsOfTimeHaveAnAnswer(t *testing.T) {
	r := parsed(t, house)
	for _, at := range []evenkeel.Moment{-1 << 63, -1<<63 + 1, -1, 0, 1, 1<<63 - 2, 1<<63 - 1} {
		if got := len(r.OnCall(1, at)); got != 1 {
			t.Errorf("at %d there are %d persons", at, got)
		}
		r.Staffed(at)
	}
}
