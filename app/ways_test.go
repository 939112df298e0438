package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// M4, R6, D: mails and pages name the ways that the newest proof showed to be open, and none because it is declared.
func TestOnlyWaysThatWereShownAreNamed(t *testing.T) {
	now, v := start, &prover{}
	x := asking(t, v, &now)
	says := func(m evenkeel.Measure, o evenkeel.OrderID) string {
		w := x.ways(m, o)
		when := "never"
		if w.Shown != 0 {
			when = w.Shown.Sub(start).String()
		}
		return fmt.Sprint(w.Open, " ", when, " ", w.Unsure)
	}
	for _, step := range []struct {
		name          string
		do            func()
		isolate, mild string
		order         string // under o-1
	}{
		{"nothing was asked for yet", func() {}, "[] never true", "[] never false", "[] never true"},
		{"all is shown", func() { turn(t, x) }, "[console export] 0s false", "[console export] 0s false", "[console export] 0s false"},
		{"one way is cut", func() { now, v.cut = now.Add(time.Hour), "console"; turn(t, x) }, "[export] 1h0m0s true", "[export] 1h0m0s false", "[export] 1h0m0s true"},
		{"all is shown again", func() { now, v.cut = now.Add(time.Hour), ""; turn(t, x) }, "[console export] 2h0m0s false", "[console export] 2h0m0s false", "[console export] 2h0m0s false"},
		{"under one order a way is cut", func() {
			o := isolated(1)
			o.Until = now.Add(time.Hour)
			p, _ := loop(x, of(o))
			v.cut, v.only = "export", "o-1"
			p.under.add("o-1")
			p.all(t.Context())
		}, "[console export] 2h0m0s false", "[console export] 2h0m0s false", "[console] 2h0m0s true"},
		{"the proof is old", func() { now = now.Add(25 * time.Hour) }, "[] 2h0m0s true", "[] 2h0m0s false", "[] 2h0m0s true"},
	} {
		step.do()
		if got := says(evenkeel.MeasureIsolate, ""); got != step.isolate {
			t.Errorf("%s: under isolate %s; expected %s", step.name, got, step.isolate)
		}
		if got := says(evenkeel.MeasureLimit, ""); got != step.mild {
			t.Errorf("%s: under a limit %s; expected %s", step.name, got, step.mild)
		}
		if got := says(evenkeel.MeasureIsolate, "o-1"); got != step.order {
			t.Errorf("%s: under the order %s; expected %s", step.name, got, step.order)
		}
	}
}
