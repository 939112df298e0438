package availability

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

const noon = evenkeel.Moment(1_795_867_200_000_000_000) // 2026-11-28T12:00:00Z

// drawReadings are of one site in a quarter of an hour, each of an interval of its own.
var drawReadings = rapid.Custom(func(t *rapid.T) []Reading {
	type key struct {
		edge   uint64
		part   evenkeel.Part
		second int
	}
	seen := map[key]bool{}
	var out []Reading
	for range rapid.IntRange(0, 60).Draw(t, "n") {
		k := key{
			uint64(rapid.IntRange(1, 3).Draw(t, "edge")),
			rapid.SampledFrom([]evenkeel.Part{evenkeel.PartVisits, evenkeel.PartWanted, evenkeel.PartServed, evenkeel.PartFailed, evenkeel.PartTurned, evenkeel.PartAtProof, evenkeel.PartSiteBytes}).Draw(t, "part"),
			rapid.IntRange(0, 899).Draw(t, "second"),
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		since := noon.Add(time.Duration(k.second) * time.Second)
		out = append(out, Reading{Site: "shop", Edge: k.edge, Since: since, At: since + 1e9, Part: k.part, Value: uint64(rapid.IntRange(0, 1000).Draw(t, "value"))})
	}
	return out
})

func slotOf(in []Reading) *Slot {
	s := &Slot{At: noon}
	for i := range in {
		s.Add(&in[i])
	}
	return s
}

func TestTheOrderOfReadingsChangesNothingAndTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawReadings.Draw(t, "in")
		again := slices.Concat(in, in)
		again = rapid.Permutation(again).Draw(t, "order")
		a, b := slotOf(in), slotOf(again)
		if !slices.Equal(a.Minutes(), b.Minutes()) {
			t.Fatalf("%v\n%v", a.Minutes(), b.Minutes())
		}
		// The same with the slot written and read in between, at any place.
		cut := rapid.IntRange(0, len(again)).Draw(t, "cut")
		kept, err := UnpackSlot(noon, slotOf(again[:cut]).Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		for i := range again[cut:] {
			kept.Add(&again[cut+i])
		}
		if !slices.Equal(a.Minutes(), kept.Minutes()) {
			t.Fatalf("%v\n%v", a.Minutes(), kept.Minutes())
		}
	})
}

func TestTheSumOfReadingsIsTheSumOfTheSlot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawReadings.Draw(t, "in")
		var want, got Counts
		for _, r := range in {
			want[columnOf(r.Part)] += r.Value
		}
		h := new(History)
		h.AddSlot(slotOf(in))
		if got = h.Cost(noon, noon.Add(Quarter)); got != want {
			t.Fatalf("%v, expected %v", got, want)
		}
	})
}

func TestNothingIsMoreThanWhollyAvailableAndPartsAddUp(t *testing.T) {
	p := promised(t, promisesB)
	rapid.Check(t, func(t *rapid.T) {
		h := new(History)
		h.AddSlot(slotOf(drawReadings.Draw(t, "in")))
		tenant := rapid.SampledFrom([]evenkeel.TenantID{"acme", "calm", "own"}).Draw(t, "tenant")
		p.tenants["own"] = &Terms{Plan: p.plans["own"]}
		w := h.Window(noon, noon.Add(Quarter), p.Excuse(tenant, "shop"))
		if share, ok := w.Share(); ok && share > Whole || w.Served+w.Missed != w.Wanted || w.Excused > w.Missed || w.Missing.Sum() != w.Missed {
			t.Fatalf("%+v", w)
		}
		cut := noon.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "cut")) * time.Minute)
		a, b := h.Window(noon, cut, p.Excuse(tenant, "shop")), h.Window(cut, noon.Add(Quarter), p.Excuse(tenant, "shop"))
		a.Add(&b)
		if a.Until = w.Until; a != w {
			t.Fatalf("parts %+v, whole %+v", a, w)
		}
	})
}

// What is folded says the same as what it was folded from.
func TestFoldingChangesNoFigure(t *testing.T) {
	p := promised(t, promisesB)
	rapid.Check(t, func(t *rapid.T) {
		s := slotOf(drawReadings.Draw(t, "in"))
		d := &Day{At: DayOf(noon, p.Zone)}
		for _, m := range s.Minutes() {
			if !d.Fold(m) {
				t.Fatalf("%s is not of the day %s", m.At, d.At)
			}
		}
		kept, err := UnpackDay(d.At, d.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		open, folded := new(History), new(History)
		open.AddSlot(s)
		folded.AddDay(kept)
		from, until := noon, noon.Add(time.Hour)
		excuse := p.Excuse("own", "shop")
		if a, b := open.Window(from, until, excuse), folded.Window(from, until, excuse); a != b {
			t.Fatalf("open %+v\nfolded %+v", a, b)
		}
		if a, b := open.Cost(from, until), folded.Cost(from, until); a != b {
			t.Fatalf("open %v\nfolded %v", a, b)
		}
		var binned Counts
		for _, c := range folded.Bins(from, until, 5*time.Minute) {
			binned.Add(&c)
		}
		if binned != open.Cost(from, until) {
			t.Fatalf("bins add up to %v, expected %v", binned, open.Cost(from, until))
		}
		if a, b := open.Outages(from, until, 950_000), folded.Outages(from, until, 950_000); !slices.Equal(a, b) {
			t.Fatalf("open %+v\nfolded %+v", a, b)
		}
		if a, b := open.Attacks(from, until), folded.Attacks(from, until); !slices.Equal(a, b) {
			t.Fatalf("open %+v\nfolded %+v", a, b)
		}
	})
}

func TestAShareIsRoundedDownAndNeverOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Uint64Range(1, 1<<63).Draw(t, "whole")
		part := rapid.Uint64Range(0, whole).Draw(t, "part")
		m := shareOf(part, whole)
		if m > Whole || (m == Whole) != (part == whole) {
			t.Fatalf("%d of %d is %d", part, whole, m)
		}
	})
	for n, want := range map[Millionth]string{0: "0", 999_000: "99.9", 1_000_000: "100", 998_344: "99.8344", 50_000: "5", 1: "0.0001"} {
		if n.Percent() != want {
			t.Errorf("%d is written %s; expected %s", n, n.Percent(), want)
		}
	}
}

func TestReadingsThatCannotBeMeantAreNone(t *testing.T) {
	good := evenkeel.Usage{At: noon + 1e9, Since: noon, Asset: "shop", Meter: evenkeel.MeterSite, Part: evenkeel.PartWanted, Form: evenkeel.FormDelta, Value: 7}
	if r, ok := ReadingOf(&good, 1); !ok || r.Value != 7 || r.Since != noon {
		t.Fatalf("%+v, %t", r, ok)
	}
	for name, change := range map[string]func(*evenkeel.Usage){
		"of another meter":     func(u *evenkeel.Usage) { u.Meter = evenkeel.MeterPort },
		"of another part":      func(u *evenkeel.Usage) { u.Part = evenkeel.PartProbed },
		"less than none":       func(u *evenkeel.Usage) { u.Value = -1 },
		"no number":            func(u *evenkeel.Usage) { u.Value = nan() },
		"more than there are":  func(u *evenkeel.Usage) { u.Value = 1e300 },
		"ended before it was":  func(u *evenkeel.Usage) { u.Since = u.At + 1 },
		"of no site":           func(u *evenkeel.Usage) { u.Asset = "" },
		"a level, not a count": func(u *evenkeel.Usage) { u.Form = 0 },
	} {
		u := good
		change(&u)
		if r, ok := ReadingOf(&u, 1); ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func nan() float64 { z := 0.0; return z / z }

func TestADocumentThatCannotBeMeantSaysWhere(t *testing.T) {
	for change, says := range map[[2]string]string{
		{"timezone: Asia/Shanghai", "timezone: Asia/Shanhai"}:               "2:11: the time zone",
		{`target: "99.9"` + "\n    price", `target: "100"` + "\n    price"}: "no share",
		{"default: basic", "default: basik"}:                                "did you mean basic",
		{`{below: "99", credit: 25}`, `{below: "99", credit: 5}`}:           "less is never credited for less",
		{"announced: 2026-11-20T10", "announced: 2026-11-28T01"}:            "expected 72h0m0s before",
		{"mode: bill", "mode: pay"}:                                         "expected show or bill",
		{"left: 2026-11-10, since", "left: 2026-11-31, since"}:              "is no day",
		{"currency: CNY", "currency: yuan"}:                                 "ISO 4217",
		{"mode: bill", "mode: bill\nmood: good"}:                            "mood",
		{`price: "200"`, `price: "2e2"`}:                                    "is no amount",
		{"beyond_budget: page", "beyond_budget: observe"}:                   "is no stage",
		{`{below: "99.9", credit: 10}` + "\n      - {below: \"99\"", `{below: "99.95", credit: 10}` + "\n      - {below: \"99\""}: "at most what is promised",
	} {
		text := strings.Replace(promisesB, change[0], change[1], 1)
		if text == promisesB {
			t.Fatalf("%q stands nowhere", change[0])
		}
		_, err := Parse("sla.yaml", []byte(text))
		if err == nil || evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(fmt.Sprint(err), says) {
			t.Errorf("%q: %v; expected %q", change[1], err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(promisesB))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("sla.yaml", data)
		if (p == nil) == (err == nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if err == nil && p.Of("anybody").Plan == nil {
			t.Fatal("no plan for who is not named")
		}
	})
}

// What is read is written as it was, and whatever is damaged is an error, at once.
func FuzzUnpack(f *testing.F) {
	s := &Slot{At: noon}
	s.Add(&Reading{Edge: 1, Since: noon, At: noon + 1e9, Part: evenkeel.PartWanted, Value: 3})
	d := &Day{At: DayOf(noon, time.UTC)}
	for _, m := range s.Minutes() {
		d.Fold(m)
	}
	f.Add(s.Append(nil))
	f.Add(d.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := UnpackSlot(noon, data); err == nil {
			if again, err := UnpackSlot(noon, s.Append(nil)); err != nil || !slices.Equal(again.Minutes(), s.Minutes()) {
				t.Fatalf("%v", err)
			}
		}
		if d, err := UnpackDay(noon, data); err == nil {
			h := new(History)
			h.AddDay(d)
			h.Outages(noon, noon.Add(24*time.Hour), 950_000)
			if _, err := UnpackDay(noon, d.Append(nil)); err != nil {
				t.Fatalf("%v", err)
			}
		}
	})
}

// TestWhoIsAskedInOneMinuteAndDoesItInTheNextIsServed, by hand: of 10 who are asked in a minute 4 do it in it, 5 in the next one, where all of 3 others are
// served, and one later than that counts.
func TestWhoIsAskedInOneMinuteAndDoesItInTheNextIsServed(t *testing.T) {
	s := Slot{At: 1_795_824_000_000_000_000}
	tell := func(minute int, wanted, asked, served uint64) {
		since := s.At.Add(time.Duration(minute) * time.Minute)
		for part, n := range map[evenkeel.Part]uint64{evenkeel.PartWanted: wanted, evenkeel.PartAsked: asked, evenkeel.PartServed: served} {
			s.Add(&Reading{Edge: 1, Since: since, At: since.Add(time.Minute), Part: part, Value: n})
		}
	}
	tell(0, 10, 10, 4)
	tell(1, 3, 0, 3+5)
	tell(9, 0, 0, 1)
	var missed []uint64
	for _, m := range s.Minutes() {
		missed = append(missed, m.Missed())
	}
	if !slices.Equal(missed, []uint64{1, 0, 0}) {
		t.Errorf("missed are %v; expected one, of the first minute", missed)
	}
	// Who missed something else in that minute is not served by that.
	s = Slot{At: s.At}
	tell(0, 10, 2, 0)
	tell(1, 0, 0, 5)
	if m := s.Minutes(); m[0].Missed() != 8 {
		t.Errorf("%d are missed; expected 8, of whom nobody was asked", m[0].Missed())
	}
}
