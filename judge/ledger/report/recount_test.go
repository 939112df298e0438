package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/ledger/report"
	"pgregory.net/rapid"
)

// happened is one thing of a case's life, at a second.
type happened struct {
	at      int
	what    string // take, goOn, lapse, lift, letGo (by a machine), close, reopen
	measure int    // which one of the case, for all but close and reopen
	assets  int
	person  bool             // for take
	outcome evenkeel.Outcome // for close
}

// life draws what happens in a case, such as may happen, and writes its leaves.
func life(t *rapid.T, name string, l *logged) (all []happened) {
	type measure struct {
		d      evenkeel.Decision
		stands bool
	}
	var of []measure
	id, now, shut := evenkeel.CaseID(name), rapid.IntRange(0, 100_000).Draw(t, "begins"), false
	at := func() evenkeel.Moment { return start.Add(time.Duration(now) * time.Second) }
	moved := func(s evenkeel.CaseState, o evenkeel.Outcome) {
		l.put(ledger.OfCase(key, &evenkeel.Case{ID: id, Family: "mining", State: s, Outcome: o, Since: at()}, "p"))
	}
	ends := func(n int, s evenkeel.DecisionState, who evenkeel.Actor) {
		x := of[n].d
		x.State, x.At = s, at()
		l.put(ledger.OfTurn(key, &x, who, "p"))
		of[n].stands = false
	}
	takes := func(n, assets int, who evenkeel.Actor, m evenkeel.Measure) {
		x := decision(fmt.Sprint(name, len(l.leaves)), id, m, 0)
		x.From, x.At, x.Actor, x.Assets = at(), at(), who, slices.Repeat([]evenkeel.AssetID{"vm"}, assets)
		l.put(ledger.OfTurn(key, &x, who, "p"))
		of[n] = measure{x, true}
	}
	moved(evenkeel.CaseOpen, 0)
	verdicts := []evenkeel.Outcome{evenkeel.OutcomeFalsePositive, evenkeel.OutcomePolicyMismatch, evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive}
	kinds := []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureIsolate}
	for range rapid.IntRange(0, 14).Draw(t, "steps") {
		now += rapid.IntRange(1, 200).Draw(t, "later")
		h := happened{at: now, what: rapid.SampledFrom([]string{"take", "goOn", "lapse", "lift", "letGo", "close", "close", "reopen"}).Draw(t, "what")}
		standing := slices.IndexFunc(of, func(m measure) bool { return m.stands })
		switch {
		case h.what == "reopen" && shut:
			shut = false
			moved(evenkeel.CaseReopened, evenkeel.OutcomeConfirmed)
		case h.what == "close" && !shut:
			shut, h.outcome = true, rapid.SampledFrom(verdicts).Draw(t, "outcome")
			for n := range of { // whatever stands is lifted with it, and only where it was wrong
				if of[n].stands && h.outcome.Cleared() {
					ends(n, evenkeel.Lifted, ada)
					all = append(all, happened{at: now, what: "lift", measure: n})
				}
			}
			moved(evenkeel.CaseClosed, h.outcome)
		case h.what == "take" && !shut:
			h.measure, h.assets, h.person = len(of), rapid.IntRange(1, 3).Draw(t, "assets"), rapid.Bool().Draw(t, "person")
			who := machine
			if h.person {
				who = ada
			}
			of = append(of, measure{})
			takes(h.measure, h.assets, who, kinds[h.measure%len(kinds)]) // no two that stand are alike
			if h.measure >= len(kinds) && of[h.measure-len(kinds)].stands {
				ends(h.measure-len(kinds), evenkeel.Lapsed, machine)
				all = append(all, happened{at: now, what: "lapse", measure: h.measure - len(kinds)})
			}
		case standing < 0 || slices.Contains([]string{"take", "close", "reopen"}, h.what):
			continue
		case h.what == "goOn":
			h.measure, h.assets = standing, rapid.IntRange(1, len(of[standing].d.Assets)).Draw(t, "assets")
			ends(standing, evenkeel.Superseded, ada)
			takes(standing, h.assets, ada, of[standing].d.Measure)
		default:
			h.measure = standing
			ends(standing, map[string]evenkeel.DecisionState{"lapse": evenkeel.Lapsed, "lift": evenkeel.Lifted, "letGo": evenkeel.Lifted}[h.what], map[bool]evenkeel.Actor{true: ada, false: machine}[h.what == "lift"])
		}
		all = append(all, h)
	}
	return all
}

// counted are the figures of a report that say what did not stand.
type counted struct{ took, machine, overturned, reviewed, wrong, minutes, ofAll int64 }

// recount counts them from what happened, measure by measure, by questions about the whole of its case.
func recount(lives [][]happened, newest int) (c counted) {
	for _, all := range lives {
		for n := range all {
			if all[n].what != "take" {
				continue
			}
			me := all[n]
			mine := slices.DeleteFunc(slices.Clone(all), func(h happened) bool {
				return h.measure != me.measure || !slices.Contains([]string{"take", "goOn", "lapse", "lift", "letGo"}, h.what)
			})
			since := func(at int, is func(happened) bool) bool { // whether the case was closed so at or after a time
				return slices.ContainsFunc(all, func(h happened) bool { return h.what == "close" && h.at >= at && is(h) })
			}
			against := func(h happened) bool {
				return h.outcome == evenkeel.OutcomeConfirmed || h.outcome == evenkeel.OutcomeVictim
			}
			last := mine[len(mine)-1]
			// what it was closed as last before it was lifted stands where nobody opened it again
			inQuestion := true
			for _, h := range all {
				if h.at < last.at && h.what == "close" {
					inQuestion = !against(h)
				} else if h.at < last.at && h.what == "reopen" {
					inQuestion = true
				}
			}
			closedFirst := slices.ContainsFunc(all, func(h happened) bool { return against(h) && h.at >= me.at && h.at < last.at })
			lifted := last.what == "lift"
			cleared := since(me.at, func(h happened) bool { return h.outcome.Cleared() })
			over := cleared || lifted && !since(last.at, against) && (inQuestion || !closedFirst)
			c.took++
			if !me.person {
				c.machine++
			}
			if lifted || cleared || since(me.at, against) {
				c.reviewed++
			}
			if !over {
				continue
			}
			c.overturned++
			if me.measure%3 == 0 { // it only told
				continue
			}
			seconds, ofAll := 0, 0
			for i, h := range mine {
				until := newest
				if i+1 < len(mine) {
					until = mine[i+1].at
				}
				seconds, ofAll = seconds+(until-h.at)*min(h.assets, 1), ofAll+(until-h.at)*h.assets
			}
			c.wrong++
			c.minutes, c.ofAll = c.minutes+int64((seconds+59)/60), c.ofAll+int64((ofAll+59)/60)
		}
	}
	return c
}

// TestRecount is R10: over any lives of cases, closed, opened again by appeals and lots and closed
// otherwise, with measures that are upheld, renewed, lifted and let go of, the report counts what
// whoever looks at each measure alone counts.
func TestRecount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, lives, newest := &logged{}, [][]happened{}, 0
		for n := range rapid.IntRange(1, 4).Draw(t, "cases") {
			lives = append(lives, life(t, fmt.Sprint("case-", n), l))
		}
		for _, x := range l.leaves {
			leaf, err := ledger.ParseLeaf(x)
			if err != nil {
				t.Fatal(err)
			}
			newest = max(newest, int(leaf.At.Sub(start)/time.Second))
		}
		r, err := report.Make(l.lines(), quarter)
		if err != nil {
			t.Fatal(err)
		}
		got := counted{int64(r.Took.All), int64(r.Took.Machine), int64(r.Overturned.Part), int64(r.Reviewed.Part), int64(r.Wrong.Measures), r.Wrong.Minutes, r.Wrong.AssetMinutes}
		if want := recount(lives, newest); got != want {
			t.Errorf("%+v; counted one by one: %+v", got, want)
		}
		rows := Row{}
		for _, x := range r.Rows {
			rows = Row{rows.Took + x.Took, rows.Overturned + x.Overturned, rows.Minutes + x.Minutes}
		}
		if want := (Row{r.Took.All, r.Overturned.Part, r.Wrong.AssetMinutes}); rows != want {
			t.Errorf("the rows come to %+v; expected %+v", rows, want)
		}
	})
}

// Row is what rows come to.
type Row struct {
	Took, Overturned int
	Minutes          int64
}

// TestWhatComesAfterAVerdictCounts: a case that was closed against the tenant and opened again, by an
// appeal or by lot, and what was upheld on the way.
func TestWhatComesAfterAVerdictCounts(t *testing.T) {
	d := decision("a", "a", evenkeel.MeasureLimit, 0)
	d.Assets = d.Assets[:1]
	took := []ledger.Leaf{caseOf("a", evenkeel.CaseOpen, 0, 0), ledger.OfTurn(key, &d, machine, "p")}
	confirmed := caseOf("a", evenkeel.CaseClosed, evenkeel.OutcomeConfirmed, 10)
	again := caseOf("a", evenkeel.CaseReopened, evenkeel.OutcomeConfirmed, 20)
	gone := func(s evenkeel.DecisionState, who evenkeel.Actor, at int) ledger.Leaf {
		return ledger.OfTurn(key, turned(d, s, at), who, "p")
	}
	upheld := func(id string, at int) []ledger.Leaf {
		x := decision(id, "a", evenkeel.MeasureLimit, at)
		x.Assets, x.Actor = d.Assets, ada
		gone := ledger.OfTurn(key, turned(d, evenkeel.Superseded, at), ada, "p")
		d = x
		return []ledger.Leaf{gone, ledger.OfTurn(key, &x, ada, "p")}
	}
	for _, c := range []struct {
		name                             string
		leaves                           [][]ledger.Leaf
		took, machine, overturned, ofAll int
	}{
		{"confirmed, and cleared by lot", [][]ledger.Leaf{took, {confirmed, gone(evenkeel.Lapsed, machine, 15), again, caseOf("a", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, 30)}}, 1, 1, 1, 15},
		{"confirmed, and a person lifts it on appeal", [][]ledger.Leaf{took, {confirmed, again, gone(evenkeel.Lifted, ada, 30)}}, 1, 1, 1, 30},
		{"confirmed, lifted on appeal and confirmed all the same", [][]ledger.Leaf{took, {confirmed, again, gone(evenkeel.Lifted, ada, 30), caseOf("a", evenkeel.CaseClosed, evenkeel.OutcomeConfirmed, 40)}}, 1, 1, 0, 0},
		{"confirmed, and lifted while it stays so", [][]ledger.Leaf{took, {confirmed, gone(evenkeel.Lifted, ada, 30)}}, 1, 1, 0, 0},
		{"cleared, found again and confirmed", [][]ledger.Leaf{took, {gone(evenkeel.Lifted, ada, 7), caseOf("a", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, 7), again, confirmed}}, 1, 1, 1, 7},
		{"upheld twice, and cleared", [][]ledger.Leaf{took, upheld("b", 1), upheld("c", 2), {gone(evenkeel.Lifted, ada, 4), caseOf("a", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, 4)}}, 1, 1, 1, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &logged{}
			l.put(slices.Concat(c.leaves...)...)
			r := made(t, l, quarter)
			if r.Took.All != c.took || r.Took.Machine != c.machine || r.Overturned.Part != c.overturned || r.Wrong.AssetMinutes != int64(c.ofAll) {
				t.Errorf("%+v, %d overturned, %+v; expected %d, %d of a machine, %d overturned, %d minutes", r.Took, r.Overturned.Part, r.Wrong, c.took, c.machine, c.overturned, c.ofAll)
			}
		})
	}
}
