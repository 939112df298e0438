package availability_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/store/memory"
)

const silencesB = `sla: cloud
timezone: Asia/Shanghai
currency: CNY
plans:
  - plan: basic
    target: "99.9"
    price: "200"
    credits: [{below: "99.9", credit: 10}, {below: "99", credit: 25}]
default: basic
`

func moment(t testing.TB, s string) evenkeel.Moment {
	t.Helper()
	m, err := evenkeel.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func promised(t testing.TB, text string) *availability.Promises {
	t.Helper()
	p, err := availability.Parse("sla.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// silentHour is Story B as edges tell it: all of them are down three times in an hour, for three to five minutes, and tell nothing.
func silentHour(t testing.TB, hour evenkeel.Moment) availability.Record {
	t.Helper()
	r := memory.NewSites()
	var in []availability.Reading
	for m := range 3 * 60 {
		at := hour.Add(time.Duration(m-120) * time.Minute)
		if into := m - 120; into >= 10 && into < 13 || into >= 28 && into < 32 || into >= 50 && into < 55 {
			continue
		}
		for _, part := range []evenkeel.Part{evenkeel.PartVisits, evenkeel.PartWanted, evenkeel.PartServed} {
			for tenant, n := range map[evenkeel.TenantID]uint64{"acme": 600, "calm": 1} {
				in = append(in, availability.Reading{Tenant: tenant, Site: evenkeel.AssetID("shop-" + tenant), Edge: 1, Since: at, At: at.Add(time.Minute), Part: part, Value: n})
			}
		}
	}
	if _, err := r.Keep(t.Context(), in, 1, hour.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return r
}

// figures are a tenant's at a moment.
func figures(t testing.TB, p *availability.Promises, r availability.Record, tenant evenkeel.TenantID, now evenkeel.Moment) (availability.Figures, []availability.Figures, error) {
	t.Helper()
	look, err := p.LookNow(t.Context(), r, now)
	if err != nil {
		t.Fatal(err)
	}
	return p.TenantFigures(t.Context(), look, tenant)
}

// R13, Story B, as it was: the servers in front of all sites were down, and what was down counted nothing.
//
// By hand: 600 a minute came before, so 3 + 4 + 5 minutes miss 7,200 of 180 × 600 = 108,000: 93.3333 % are below 99 %, 25 % of 200 are 50.
func TestWhatComesWhileNoEdgeIsThereCountsAsMissed(t *testing.T) {
	hour := moment(t, "2026-11-28T20:00:00+08:00")
	r := silentHour(t, hour)
	p := promised(t, silencesB)
	all, sites, err := figures(t, p, r, "acme", hour.Add(time.Hour))
	if err != nil || len(sites) != 1 {
		t.Fatal(sites, err)
	}
	w := all.Windows[0]
	share, _ := w.Share()
	if w.Wanted != 108_000 || w.Missed != 7200 || w.Estimated != 7200 || w.Missing[availability.WhyEdges] != 7200 || share.Percent() != "93.3333" || all.Credit != 25 {
		t.Errorf("%+v, a share of %s, a credit of %d; expected 7200 of 108000 missed for want of an edge, 93.3333, and 25", w, share.Percent(), all.Credit)
	}
	var long []time.Duration
	for _, o := range sites[0].Outages {
		if o.Why != availability.WhyEdges || o.Estimated != o.Missed {
			t.Errorf("%+v; expected that no edge was there", o)
		}
		long = append(long, o.For())
	}
	if !slices.Equal(long, []time.Duration{3 * time.Minute, 4 * time.Minute, 5 * time.Minute}) {
		t.Errorf("outages of %v; expected 3, 4 and 5 minutes", long)
	}
	if all.Cost.Wanted() != 108_000-7200 {
		t.Errorf("what came is %d; expected no estimate in what it cost", all.Cost.Wanted())
	}
	// A site of one request a minute misses twelve, in three outages.
	if _, sites, err = figures(t, p, r, "calm", hour.Add(time.Hour)); err != nil || sites[0].Windows[0].Missed != 12 || len(sites[0].Outages) != 3 {
		t.Errorf("%+v, %v; expected 12 missed", sites, err)
	}
}

func TestAPersonRulesOnASilence(t *testing.T) {
	hour := moment(t, "2026-11-28T20:00:00+08:00")
	r := silentHour(t, hour)
	p := promised(t, silencesB+`silences:
  - {from: 2026-11-28T20:11:30+08:00, until: 2026-11-28T20:40:00+08:00, because: "the records of that time were lost; edges served"}
`)
	all, _, err := figures(t, p, r, "acme", hour.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	// Of 20:10 one minute is left, of 20:28 none, of 20:50 all five.
	if w := all.Windows[0]; w.Missed != 6*600 || w.Wanted != 108_000-6*600 {
		t.Errorf("%+v; expected that the ruled minutes are neither up nor down", w)
	}
	look, err := p.Look(t.Context(), r, hour, hour.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var counted, not time.Duration
	for _, s := range look.Silences {
		if s.Because == "" {
			counted += s.For()
		} else {
			not += s.For()
		}
	}
	if counted != 6*time.Minute || not != 6*time.Minute {
		t.Errorf("%+v; expected six minutes that count and six that do not", look.Silences)
	}
	for _, bad := range []string{
		`{from: 2026-11-28T20:10:00+08:00, until: 2026-11-28T20:10:00+08:00, because: x}`,
		`{from: 2026-11-01T20:10:00+08:00, until: 2026-11-28T20:10:00+08:00, because: x}`,
		`{from: 2026-11-28T20:10:00+08:00, until: 2026-11-28T20:20:00+08:00, because: ""}`,
		`{from: yesterday, until: 2026-11-28T20:20:00+08:00, because: x}`,
		`{from: 2026-11-28T20:10:00+08:00, until: 2026-11-28T20:20:00+08:00}`,
	} {
		if _, err := availability.Parse("sla.yaml", []byte(silencesB+"silences:\n  - "+bad+"\n")); err == nil || !strings.Contains(err.Error(), "expected") && !strings.Contains(err.Error(), "because") {
			t.Errorf("%s: %v; expected what is wrong", bad, err)
		}
	}
}

// A silence that has not ended counts from ten minutes on, and at most a day of it.
func TestASilenceThatGoesOn(t *testing.T) {
	hour := moment(t, "2026-11-28T20:00:00+08:00")
	told := []availability.ToldHour{{At: hour, Minutes: 1<<30 - 1}} // until 20:30
	for after, want := range map[time.Duration]time.Duration{
		30 * time.Minute: 0, 39 * time.Minute: 0, 40 * time.Minute: 10 * time.Minute, 41*time.Minute + 30*time.Second: 11 * time.Minute, 72 * time.Hour: 24 * time.Hour,
	} {
		got := time.Duration(0)
		for _, s := range availability.SilencesOf(told, hour.Add(-time.Hour), hour.Add(after)) {
			got += s.For()
		}
		if got != want {
			t.Errorf("%v after: %v; expected %v", after, got, want)
		}
	}
	if s := availability.SilencesOf(nil, hour, hour.Add(time.Hour)); len(s) != 0 {
		t.Errorf("%v; where no edge ever told anything, nothing is silent", s)
	}
}

// Whatever edges tell: each minute between the first and the last that was told is told or silent, never both, up to a day behind one that was.
func TestEachMinuteIsToldOrSilent(t *testing.T) {
	began := moment(t, "2026-11-28T00:00:00Z")
	rapid.Check(t, func(t *rapid.T) {
		told := map[evenkeel.Moment]bool{}
		var in []availability.Reading
		for range rapid.IntRange(1, 12).Draw(t, "readings") {
			since := began.Add(time.Duration(rapid.IntRange(0, 4*24*3600).Draw(t, "since")) * time.Second)
			long := time.Duration(rapid.IntRange(1, 3600).Draw(t, "long")) * time.Second
			in = append(in, availability.Reading{Since: since, At: since.Add(long)})
			for s := range long / time.Second {
				told[since.Add(s*time.Second)/evenkeel.Moment(time.Minute)] = true
			}
		}
		minutes := make([]evenkeel.Moment, 0, len(told))
		for m := range told {
			minutes = append(minutes, m)
		}
		slices.Sort(minutes)
		silent := map[evenkeel.Moment]bool{}
		for _, s := range availability.SilencesOf(availability.ToldBy(in), began, began.Add(5*24*time.Hour)) {
			for m := s.From; m < s.Until; m = m.Add(time.Minute) {
				silent[m/evenkeel.Moment(time.Minute)] = true
			}
		}
		last := minutes[0]
		for m := minutes[0]; m <= minutes[len(minutes)-1]; m++ {
			if told[m] {
				last = m
			}
			if want := !told[m] && m-last <= 24*60; silent[m] != want {
				t.Fatalf("minute %d: told %t, silent %t, %d after one that was told", m, told[m], silent[m], m-last)
			}
		}
	})
}
