package report_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/ledger/report"
)

var (
	key     = ledger.Key{1, 2, 3}
	quarter = report.Quarter{Year: 2026, Number: 4}
	start   = evenkeel.MomentOf(time.Date(2026, 10, 5, 8, 0, 0, 0, time.UTC))
	machine = evenkeel.Actor{Policy: "sha256:abc"}
	ada     = evenkeel.Actor{Policy: "sha256:abc", Person: "ada"}
)

// logged is a log in the making; minutes count from start.
type logged struct{ leaves [][]byte }

func (l *logged) put(leaves ...ledger.Leaf) {
	for _, x := range leaves {
		l.leaves = append(l.leaves, x.Bytes())
	}
}

func (l *logged) lines() iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		for n, x := range l.leaves {
			if !yield(ledger.Line{N: int64(n), Leaf: x}, nil) {
				return
			}
		}
	}
}

func after(minutes int) evenkeel.Moment { return start.Add(time.Duration(minutes) * time.Minute) }

func decision(id string, c evenkeel.CaseID, m evenkeel.Measure, from int) evenkeel.Decision {
	return evenkeel.Decision{
		ID: evenkeel.DecisionID(id), Case: c, Tenant: "t-" + evenkeel.TenantID(c), Family: "mining", Measure: m, Wanted: m,
		Assets: []evenkeel.AssetID{"vm-1", "vm-2"}, From: after(from), Until: after(from + 600), At: after(from), Actor: machine,
		State: evenkeel.InForce, Mode: evenkeel.ModeLive, Grounds: evenkeel.Grounds{Clause: "4", Basis: []evenkeel.Basis{{Rule: "crypto-mining", Version: 1}}},
	}
}

// turned is a decision in a later state.
func turned(d evenkeel.Decision, s evenkeel.DecisionState, at int) *evenkeel.Decision {
	d.State, d.At = s, after(at)
	if s == evenkeel.InForce {
		d.From = d.At
	}
	return &d
}

func caseOf(id evenkeel.CaseID, s evenkeel.CaseState, o evenkeel.Outcome, at int) ledger.Leaf {
	return ledger.OfCase(key, &evenkeel.Case{ID: id, Family: "mining", State: s, Outcome: o, Since: after(at)}, "p")
}

// busy is the leaf of a case with which people were busy for some minutes.
func busy(l ledger.Leaf, minutes int) ledger.Leaf {
	l.Minutes = minutes
	return l
}

func act(c evenkeel.CaseID, kind string, ofTenant bool, at int) ledger.Leaf {
	return ledger.OfAct(key, c, after(at), "mining", "p", ofTenant, []byte("{}")).Doing(kind)
}

// small is a log whose figures were computed by hand:
//
//	case a: a machine throttles two machines at 0; the tenant answers at 10; a person clears it
//	        at 40, which lifts the throttle: 40 minutes, 80 of one machine, wrongly.
//	case b: a machine notifies at 100, held limit at 105 which a person lets take effect at 125;
//	        it lapses at 725 and the case is closed as confirmed at 800.
//	        People were busy with a for 7 minutes, with d for 12, and of b it is not said.
//	case c: a machine notifies at 200; nobody looks.
//	case d: a machine limits at 300; it lapses at 360; the tenant appeals at 400; a person closes
//	        it as a false positive at 500: 60 minutes, 120 of one machine, wrongly.
func small() *logged {
	l := &logged{}
	a := decision("a", "a", evenkeel.MeasureThrottle, 0)
	b, held := decision("b", "b", evenkeel.MeasureNotify, 100), decision("b2", "b", evenkeel.MeasureLimit, 105)
	held.State = evenkeel.Held
	c, d := decision("c", "c", evenkeel.MeasureNotify, 200), decision("d", "d", evenkeel.MeasureLimit, 300)
	shadow := decision("s", "d", evenkeel.MeasureIsolate, 300)
	shadow.Mode, shadow.State = evenkeel.ModeShadow, evenkeel.Proposed
	l.put(ledger.OfPolicy("p", after(-100)))
	l.put(caseOf("a", evenkeel.CaseOpen, 0, 0), ledger.OfTurn(key, &a, machine, "p"))
	l.put(act("a", "answer", true, 10), caseOf("a", evenkeel.CaseUnderReview, 0, 10))
	l.put(act("a", "clear", false, 40), ledger.OfTurn(key, turned(a, evenkeel.Lifted, 40), ada, "p"))
	l.put(ledger.OfFlag(key, &evenkeel.Flag{ID: "f", Family: "mining", Case: "a", From: after(40), Until: after(4000), By: ada}, after(40), "p"))
	l.put(busy(caseOf("a", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, 40), 7))
	l.put(ledger.OfCredit(key, ledger.Credit{Case: "a", Decision: "a", Minutes: 80, Amount: 250, Currency: "EUR"}, after(41), "mining", "p", []byte(`{}`)))
	l.put(caseOf("b", evenkeel.CaseOpen, 0, 100), ledger.OfTurn(key, &b, machine, "p"), ledger.OfTurn(key, &held, machine, "p"))
	inForce := turned(held, evenkeel.InForce, 125)
	l.put(act("b", "approve", false, 125), ledger.OfTurn(key, inForce, ada, "p"))
	l.put(caseOf("c", evenkeel.CaseOpen, 0, 200), ledger.OfTurn(key, &c, machine, "p"))
	l.put(caseOf("d", evenkeel.CaseOpen, 0, 300), ledger.OfTurn(key, &d, machine, "p"), ledger.OfTurn(key, &shadow, machine, "p"))
	l.put(ledger.OfTurn(key, turned(d, evenkeel.Lapsed, 360), machine, "p"), act("d", "appeal", true, 400))
	l.put(act("d", "clear", false, 500), busy(caseOf("d", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, 500), 12))
	l.put(ledger.OfTurn(key, turned(*inForce, evenkeel.Lapsed, 725), machine, "p"))
	l.put(act("b", "close", false, 800), caseOf("b", evenkeel.CaseClosed, evenkeel.OutcomeConfirmed, 800))
	return l
}

func made(t testing.TB, l *logged, q report.Quarter) report.Report {
	t.Helper()
	r, err := report.Make(l.lines(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSmallLedgerComputedByHand is R10: decisions, overturn rate, time to a person, minutes
// wrongly restricted, credits for them.
func TestSmallLedgerComputedByHand(t *testing.T) {
	r := made(t, small(), quarter)
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"five measures took effect, one of them by a person", r.Took, report.Took{All: 5, Machine: 4, Person: 1}},
		{"one was held and one watched only", r.Not, report.Not{Held: 1, Shadow: 1}},
		{"four of five by a machine alone", *r.Automation.Is, 0.8},
		{"two of five did not stand", *r.Overturned.Is, 0.4},
		{"four of five were looked at: a, both of b, and d", r.Reviewed.Part, 4},
		{"a waits 40, b 25, d 200 minutes: the median is 40", *r.ToPerson.Median, int64(40 * 60)},
		{"and the 95th percentile the longest of the three", *r.ToPerson.P95, int64(200 * 60)},
		{"nobody looked at c, nor at the lapse of b", r.ToPerson.Waiting, 1},
		{"a took people 7 minutes, d 12, and of b the leaf does not say", []int64{int64(r.People.Cases), int64(r.People.Nobody), r.People.Minutes, *r.People.Median, *r.People.P95}, []int64{2, 1, 19, 7, 12}},
		{"answers took 30 and 100 minutes", []int64{*r.ToAnswer.Median, *r.ToAnswer.P95}, []int64{30 * 60, 100 * 60}},
		{"one appeal, and all acts say what they are", r.Appeals, report.Counted{Count: 1, Known: true}},
		{"40 and 60 minutes, of two machines each", r.Wrong, report.Restricted{Measures: 2, Minutes: 100, AssetMinutes: 200}},
		{"one credit", fmt.Sprint(r.Credits), "{1 80 [{EUR 250}]}"},
		{"four cases, three closed", fmt.Sprint(r.Cases), "{4 map[confirmed:1 false_positive:2]}"},
		{"one flag", r.Flags, 1},
		{"no leaf of version 1 about a decision or an act", r.Log.Earlier, int64(0)},
		{"rows", fmt.Sprint(r.Rows), "[{mining crypto-mining notify 2 2 0 0} {mining crypto-mining limit 2 1 1 120} {mining crypto-mining throttle 1 1 1 80}]"},
		{"all in the first week", r.Weeks[0], report.Week{From: quarter.From(), Machine: 4, Person: 1}},
		{"thirteen weeks and a bit", len(r.Weeks), 14},
	} {
		if fmt.Sprint(c.got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v; expected %v", c.name, c.got, c.want)
		}
	}
}

// TestWhatStands says which measures count as overturned, by how they and their case ended.
func TestWhatStands(t *testing.T) {
	for _, c := range []struct {
		name       string
		ends       evenkeel.DecisionState
		who        evenkeel.Actor
		closed     evenkeel.Outcome // 0: it is not
		overturned int
	}{
		{"lifted by a person, and the case goes on", evenkeel.Lifted, ada, 0, 1},
		{"lifted by a person, and the case was abuse", evenkeel.Lifted, ada, evenkeel.OutcomeConfirmed, 0},
		{"lifted by a person, of a victim", evenkeel.Lifted, ada, evenkeel.OutcomeVictim, 0},
		{"lifted by a person, and nothing was found out", evenkeel.Lifted, ada, evenkeel.OutcomeInconclusive, 1},
		{"lifted because a clearance covers it", evenkeel.Lifted, machine, 0, 0},
		{"lapsed, and the case was a false positive", evenkeel.Lapsed, machine, evenkeel.OutcomeFalsePositive, 1},
		{"lapsed, and the case was allowed here", evenkeel.Lapsed, machine, evenkeel.OutcomePolicyMismatch, 1},
		{"lapsed, and nobody looked", evenkeel.Lapsed, machine, 0, 0},
		{"superseded by a higher one, and the case was abuse", evenkeel.Superseded, machine, evenkeel.OutcomeConfirmed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, d := &logged{}, decision("a", "a", evenkeel.MeasureThrottle, 0)
			l.put(caseOf("a", evenkeel.CaseOpen, 0, 0), ledger.OfTurn(key, &d, machine, "p"), ledger.OfTurn(key, turned(d, c.ends, 30), c.who, "p"))
			if c.closed != 0 {
				l.put(caseOf("a", evenkeel.CaseClosed, c.closed, 40))
			}
			r := made(t, l, quarter)
			if r.Overturned.Part != c.overturned || r.Wrong.Minutes != int64(30*c.overturned) {
				t.Errorf("%d overturned, %d minutes; expected %d of them and 30 minutes each", r.Overturned.Part, r.Wrong.Minutes, c.overturned)
			}
		})
	}
}

func TestOtherQuartersAreEmptyAndSayUnknown(t *testing.T) {
	r := made(t, small(), report.Quarter{Year: 2026, Number: 3})
	if r.Took.All != 0 || r.Automation.Is != nil || r.Overturned.Is != nil || r.ToPerson.Median != nil || r.Wrong.Measures != 0 || r.Credits.Count != 0 {
		t.Errorf("%+v; expected nothing, and no share of nothing", r)
	}
	if r.Log.Leaves != int64(len(small().leaves)) {
		t.Errorf("%d leaves; expected all of the log", r.Log.Leaves)
	}
}

// TestLogOfVersionOneGivesWhatItSays: no rule, and whether something was an appeal is not known.
func TestLogOfVersionOneGivesWhatItSays(t *testing.T) {
	l, d := &logged{}, decision("a", "a", evenkeel.MeasureThrottle, 0)
	other := decision("b", "a", evenkeel.MeasureThrottle, 0) // alike in all that version 1 says
	l.put(ledger.OfDecision(key, &d, "p"), ledger.OfDecision(key, &other, "p"))
	l.put(ledger.OfAct(key, "a", after(10), "mining", "p", true, []byte("{}")))
	l.put(ledger.OfDecision(key, turned(d, evenkeel.Lifted, 30), "p"))
	l.put(ledger.OfTurn(key, turned(other, evenkeel.Lifted, 50), ada, "p")) // of version 2, as after an update
	r := made(t, l, quarter)
	if r.Appeals.Known || r.Log.Earlier != 4 || r.Took.All != 2 || r.Rows[0].Rule != "" || r.Wrong.Minutes != 80 || r.Overturned.Part != 2 {
		t.Errorf("%+v; expected 4 leaves that say less, two measures of no known rule, 80 minutes", r)
	}
}

// TestErasureChangesNoFigure: what is kept beside a leaf is not read, so without the tenant's key
// all figures are as before.
func TestErasureChangesNoFigure(t *testing.T) {
	l := small()
	beside := func(yield func(ledger.Line, error) bool) {
		for line := range l.lines() {
			line.Tenant, line.Content = "raisup", []byte(`{"personal":"data"}`)
			if !yield(line, nil) {
				return
			}
		}
	}
	with, err := report.Make(beside, quarter)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := asJSON(t, with), asJSON(t, made(t, l, quarter)); a != b {
		t.Errorf("with what is kept beside the leaves:\n%s\nwithout:\n%s", a, b)
	}
}

func asJSON(t testing.TB, r report.Report) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParseQuarter(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{"2026Q4", "2026Q4"}, {" 2026q1 ", "2026Q1"}, {"2026", ""}, {"2026Q5", ""}, {"26Q1", ""}, {"2026Q04", ""}, {"", ""}, {"2026-Q4", ""}, {"99999Q1", ""},
	} {
		q, err := report.ParseQuarter(c.given)
		if (err == nil) != (c.want != "") || err == nil && q.String() != c.want {
			t.Errorf("%q is %s (%v); expected %q", c.given, q, err, c.want)
		}
	}
	if q := report.QuarterOf(time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)); q != quarter || q.Until() != (report.Quarter{Year: 2027, Number: 1}).From() {
		t.Errorf("the last minute of the year lies in %s", q)
	}
}

// A lawful order is counted once, also where an asset of it is given back.
func TestLawfulOrdersAreCounted(t *testing.T) {
	order := func(id string, at int) evenkeel.Decision { return decision(id, "c-1", evenkeel.MeasureNone, at) }
	l := &logged{}
	two := evenkeel.Actor{Person: "ada", Second: "bea"}
	put := func(d *evenkeel.Decision) { l.put(ledger.OfTurn(key, d, two, "p")) }
	first, rest, other := order("d-1", 10), order("d-2", 20), order("d-3", 30)
	put(&first)
	put(turned(first, evenkeel.Superseded, 20))
	put(&rest)
	put(&other)
	put(turned(rest, evenkeel.Lapsed, 40))
	if r := made(t, l, quarter); r.Lawful != 2 || r.Took.All != 0 {
		t.Errorf("%d lawful orders and %d measures; expected 2 and none", r.Lawful, r.Took.All)
	}
}

// BenchmarkMake counts the figures of 100,000 decisions, each of them made, answered and ended.
func BenchmarkMake(b *testing.B) {
	l := &logged{}
	for n := range 100_000 {
		c := evenkeel.CaseID(fmt.Sprint("c-", n))
		d := decision(fmt.Sprint("d-", n), c, evenkeel.MeasureThrottle, n%100_000)
		l.put(caseOf(c, evenkeel.CaseOpen, 0, n), ledger.OfTurn(key, &d, machine, "p"), act(c, "answer", true, n+5))
		l.put(act(c, "clear", false, n+9), ledger.OfTurn(key, turned(d, evenkeel.Lifted, n+9), ada, "p"), caseOf(c, evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, n+9))
	}
	b.ResetTimer()
	for b.Loop() {
		if r := made(b, l, quarter); r.Log.Leaves != 600_000 {
			b.Fatal(r.Log)
		}
	}
}
