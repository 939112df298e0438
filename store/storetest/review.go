package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// aReview is a review about a suspension that ada opened some minutes after the start, with a
// verdict of each of some persons that supports it.
func aReview(c evenkeel.Case, n int, minutes int, persons ...evenkeel.PersonID) docket.Review {
	r := docket.Review{
		ID: docket.ReviewID(fmt.Sprint("r-", c.ID, "-", n)), Case: c.ID, Tenant: c.Tenant, About: docket.AboutMeasure, Wanted: evenkeel.MeasureSuspend, Assets: []evenkeel.AssetID{"vm-1"},
		Opened: at(minutes), By: "ada", Rules: []string{"crypto-mining"}, Criteria: []string{"Why?"}, State: docket.ReviewDrawn, Since: at(minutes),
		Draws: []docket.Draw{{Round: 1, Nonce: "n", Candidates: []evenkeel.PersonID{"bea"}, Hash: "h", Drawn: "bea", At: at(minutes)}},
	}
	for i, p := range persons {
		if i > 0 && p != "bea" {
			r.Draws = append(r.Draws, docket.Draw{Round: i + 1, Nonce: "n", Candidates: []evenkeel.PersonID{p}, Hash: "h", Drawn: p, At: at(minutes)})
		}
	}
	for i, p := range persons {
		r.Verdicts = append(r.Verdicts, docket.Verdict{
			Person: p, At: at(minutes + i), Measure: evenkeel.MeasureSuspend, Answers: []string{"It mines."}, Innocent: "A benchmark.", Facts: []string{"#1"}, Ground: "4.2",
		})
	}
	return r
}

// suspended is a decision in force on which ada and bea agreed.
func suspended(c evenkeel.Case, n int) evenkeel.Decision {
	d := aDecision(c, n, evenkeel.InForce)
	d.Measure, d.Actor.Person, d.Actor.Second = evenkeel.MeasureSuspend, "ada", "bea"
	return d
}

func agreed(r docket.Review) docket.Review {
	r.State, r.Result = docket.ReviewAgreed, evenkeel.MeasureSuspend
	return r
}

// acted is a line of what a person did.
func acted(c evenkeel.Case, seq int64, p evenkeel.PersonID, minutes int) evenkeel.Entry {
	e := anEntry(c, seq)
	e.Kind, e.At, e.Actor.Person = evenkeel.EntryActed, at(minutes), p
	return e
}

var reviews = []promise{
	{"they stand in the dossier and in the folder of their case, opened first first", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
		late, early := aReview(c, 1, 9, "ada"), aReview(c, 2, 3, "ada")
		s.enter(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{c, other}, Reviews: []docket.Review{late, early, aReview(other, 3, 1)}})
		same(t, "the reviews", s.dossierOf(c.ID).Reviews, []docket.Review{early, late})
		same(t, "the reviews in the folder", s.folder(c.ID).Reviews, []docket.Review{early, late})
		for where, r := range map[string]docket.Row{"the folder": s.folder(c.ID).Row, "the list": s.cases(docket.Query{Family: c.Family})[0]} {
			if r.Asked != "bea" {
				t.Errorf("by %s the case waits for %q; expected bea, whom the lot fell on", where, r.Asked)
			}
		}
		late.State, early.State = docket.ReviewOvertaken, docket.ReviewOvertaken
		s.enter(docket.Changes{Tenant: "raisup", Reviews: []docket.Review{late, early}})
		same(t, "the row once both are over", s.folder(c.ID).Row, docket.Row{Case: c})
		if v := s.verify(); v.Fault != nil {
			t.Errorf("the log does not verify: %v", v.Fault)
		}
	}},
	{"of many a dossier holds those that are not over, and the newest", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		in := docket.Changes{Cases: []evenkeel.Case{c}}
		for n := range docket.MaxReviews + 3 {
			r := aReview(c, n, n, "ada")
			if n != 1 {
				r.State = docket.ReviewOvertaken
			}
			in.Reviews = append(in.Reviews, r)
		}
		s.put(in)
		id := func(r *docket.Review) docket.ReviewID { return r.ID }
		same(t, "the reviews", ids(s.dossierOf(c.ID).Reviews, id), append([]docket.ReviewID{in.Reviews[1].ID}, ids(in.Reviews[3:], id)...))
		same(t, "the folder's", len(s.folder(c.ID).Reviews), docket.MaxReviews+3)
	}},
	{"a person gives one verdict in a review, and it stays", func(t *testing.T, s *scene) { // R5
		c := aCase("raisup", "mining", 0)
		r := aReview(c, 1, 1, "ada", "bea")
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Reviews: []docket.Review{r}})
		twice := aReview(c, 2, 1, "ada", "ada")
		s.refused(docket.Changes{Reviews: []docket.Review{twice}}, evenkeel.KindInvalid)
		notFirst := aReview(c, 2, 1, "bea", "ada")
		s.refused(docket.Changes{Reviews: []docket.Review{notFirst}}, evenkeel.KindInvalid)
		changed := r
		changed.Verdicts = slices.Clone(r.Verdicts)
		changed.Verdicts[1].Measure = evenkeel.MeasureDeny
		s.refused(docket.Changes{Reviews: []docket.Review{changed}}, evenkeel.KindConflict)
		changed.Verdicts = r.Verdicts[:1]
		s.refused(docket.Changes{Reviews: []docket.Review{changed}}, evenkeel.KindConflict)
	}},
	{"a verdict after the first is by who was drawn", func(t *testing.T, s *scene) { // R5, F13
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		for _, drawn := range [][]docket.Draw{nil, {{Round: 1, Drawn: "cem", At: at(1)}}} {
			r := aReview(c, 1, 1, "ada", "bea")
			r.Draws = drawn
			s.refused(docket.Changes{Reviews: []docket.Review{r}}, evenkeel.KindConflict)
		}
		s.put(docket.Changes{Reviews: []docket.Review{aReview(c, 1, 1, "ada", "bea")}})
		third := aReview(c, 1, 1, "ada", "bea", "cem")
		third.Draws = third.Draws[:1]
		s.refused(docket.Changes{Reviews: []docket.Review{third}}, evenkeel.KindConflict)
		s.put(docket.Changes{Reviews: []docket.Review{aReview(c, 1, 1, "ada", "bea", "cem")}})
	}},
	{"one that is over stays as it is, and all stay with who opened them", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		r := agreed(aReview(c, 1, 1, "ada", "bea"))
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Reviews: []docket.Review{r}})
		s.put(docket.Changes{Reviews: []docket.Review{r}}) // the same again is nothing
		back := r
		back.State = docket.ReviewDrawn
		s.refused(docket.Changes{Reviews: []docket.Review{back}}, evenkeel.KindConflict)
		open := aReview(c, 2, 1)
		s.put(docket.Changes{Reviews: []docket.Review{open}})
		open.By = "eve"
		s.refused(docket.Changes{Reviews: []docket.Review{open}}, evenkeel.KindConflict)
	}},
	{"who acted on the tenant or the case, or wrote the rule, before it was opened has no verdict in it but the first", func(t *testing.T, s *scene) { // R5
		c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
		s.put(docket.Changes{
			Cases:     []evenkeel.Case{c, other},
			Entries:   []evenkeel.Entry{acted(c, 1, "ada", 1), acted(c, 2, "cem", 2), acted(other, 1, "dov", 2)},
			Flags:     []evenkeel.Flag{{ID: "flag-1", Tenant: "raisup", Family: "scan", Selector: evenkeel.Selector{TenantWide: true}, From: at(1), Until: at(9), By: evenkeel.Actor{Person: "eli"}}},
			Interests: []docket.Interest{{Person: "fay", Kind: docket.InterestRule, Key: "crypto-mining", Since: at(1)}, {Person: "gus", Kind: docket.InterestRule, Key: "other", Since: at(1)}},
		})
		for n, p := range []evenkeel.PersonID{"cem", "dov", "eli", "fay"} {
			s.refused(docket.Changes{Reviews: []docket.Review{aReview(c, n, 5, "ada", p)}}, evenkeel.KindConflict)
		}
		s.put(docket.Changes{Reviews: []docket.Review{aReview(c, 9, 5, "ada", "gus")}})
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Interested("raisup", c.ID, []string{"crypto-mining"})
			same(t, "who has an interest", got, []evenkeel.PersonID{"ada", "cem", "dov", "eli", "fay"})
			return err
		})
	}},
	{"the verdict of a person who acted only by it is taken", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Reviews: []docket.Review{aReview(c, 1, 5, "ada")}, Entries: []evenkeel.Entry{acted(c, 1, "ada", 5)}})
		s.put(docket.Changes{Reviews: []docket.Review{agreed(aReview(c, 1, 5, "ada", "bea"))}, Entries: []evenkeel.Entry{acted(c, 2, "bea", 6)}})
	}},
	{"one that two differ in goes on about what took the place of its decision, with its clock and all verdicts", func(t *testing.T, s *scene) { // F13, G
		c := aCase("raisup", "mining", 0)
		was, is := aDecision(c, 1, evenkeel.InForce), aDecision(c, 2, evenkeel.InForce)
		second := func(d evenkeel.Decision) docket.Clock {
			return docket.Clock{Case: c.ID, Kind: docket.ClockSecond, Decision: d.ID, Started: at(2), Due: at(32), Breach: "Another person is drawn."}
		}
		r := aReview(c, 1, 1, "ada", "bea")
		r.State, r.Decision = docket.ReviewSplit, was.ID
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{was}, Reviews: []docket.Review{r}, Clocks: []docket.Clock{second(was)}})
		over := second(was)
		over.Ended, over.Because = at(9), "the review goes on"
		was.State, was.At = evenkeel.Superseded, at(9)
		is.Supersedes, r.Decision = was.ID, is.ID
		s.put(docket.Changes{Decisions: []evenkeel.Decision{was, is}, Reviews: []docket.Review{r}, Clocks: []docket.Clock{over, second(is)}})
		d := s.dossierOf(c.ID)
		same(t, "the review", d.Reviews, []docket.Review{r})
		same(t, "the clocks", slices.DeleteFunc(d.Clocks, func(k docket.Clock) bool { return k.Kind != docket.ClockSecond }), []docket.Clock{second(is)})
		lost := r
		lost.Verdicts, lost.State = r.Verdicts[:1], docket.ReviewDrawn
		s.refused(docket.Changes{Reviews: []docket.Review{lost}}, evenkeel.KindConflict)
		third := aReview(c, 1, 1, "ada", "bea", "cem")
		third.Decision, third.State, third.Result = is.ID, docket.ReviewSettled, evenkeel.MeasureSuspend
		s.put(docket.Changes{Reviews: []docket.Review{third}, Decisions: []evenkeel.Decision{suspended(c, 3)}})
	}},
	{"what takes two is in force only as what two agreed on in its case", onlyAgreed},                                          // R5
	{"what is on all that a tenant runs is in force only as what two agreed on, also by instalments", accountByTwo},            // R5
	{"what lasts is in force only as what two agreed on, until then", lastingByTwo},                                            // R5, A
	{"what two were asked for stays, and no order withholds more than it says, or longer", askedStays},                         // R5, D
	{"access to data is withheld by a lawful order to which two persons said yes, and rows and folders say so", withheldByTwo}, // D, R5
	{"who acted before is the second where a lawful order is to end, and nothing is withheld by that", givenBackByTwo},         // D, R5
	{"what was answered to appeals is found among all cases, the newest first", upheldAnswers},                                 // F14
	{"what the tenant said in a case is found, the newest first", saidInCase},                                                  // F14
	{"reviews in which a denial is supported are found, the newest first", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		in := docket.Changes{Cases: []evenkeel.Case{c}}
		for n := range 4 {
			r := aReview(c, n, n, "ada")
			if n != 2 {
				r.Verdicts[0].Measure = evenkeel.MeasureDeny
			}
			in.Reviews = append(in.Reviews, r)
		}
		s.put(in)
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Denials(2)
			same(t, "the denials", got, []docket.Review{in.Reviews[3], in.Reviews[1]})
			return err
		})
	}},
}

// upheldAnswers (F14) are found among all cases by their keys, and only they.
func upheldAnswers(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("harbour", "mining", 0)
	s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Entries: []evenkeel.Entry{anEntry(c, 1)}})
	answer := func(c evenkeel.Case, seq int64, minutes int, says string) evenkeel.Entry {
		e := acted(c, seq, "ada", minutes)
		e.State, e.Words = docket.ActUphold.String(), says
		return e
	}
	first, second, third := answer(c, 2, 9, "First."), answer(other, 1, 9, "Second."), answer(c, 3, 100, "Third.")
	for _, e := range []evenkeel.Entry{first, second, third} {
		s.put(docket.Changes{Entries: []evenkeel.Entry{e}, Taken: []string{docket.UpheldKey(&e), docket.ActKey(e.Words)}})
	}
	s.put(docket.Changes{Entries: []evenkeel.Entry{answer(c, 4, 200, "To no appeal.")}})
	newest := []evenkeel.Entry{third, first, second}
	if docket.UpheldKey(&first) < docket.UpheldKey(&second) {
		newest = []evenkeel.Entry{third, second, first}
	}
	s.transact(func(tx docket.Tx) error {
		for most, want := range map[int][]evenkeel.Entry{9: newest, 2: newest[:2], 0: nil, -1: nil} {
			got, err := tx.Upheld(most)
			if err != nil {
				return err
			}
			same(t, fmt.Sprintf("at most %d answers", most), got, want)
		}
		return nil
	})
}

// saidInCase is what a tenant said in a case, and nobody else, and in no other case.
func saidInCase(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
	in := docket.Changes{Cases: []evenkeel.Case{c, other}}
	for seq := range int64(6) {
		for _, c := range in.Cases {
			e := anEntry(c, seq+1)
			if e.Words = fmt.Sprintf("%s %d", c.Family, seq); seq%2 == 0 {
				e.Kind = evenkeel.EntrySaid
			}
			in.Entries = append(in.Entries, e)
		}
	}
	s.put(in)
	s.transact(func(tx docket.Tx) error {
		for most, want := range map[int]string{9: "mining 4, mining 2, mining 0", 2: "mining 4, mining 2", 0: "", -1: ""} {
			got, err := tx.Said(c.ID, most)
			var words []string
			for i := range got {
				words = append(words, got[i].Words)
			}
			if strings.Join(words, ", ") != want || err != nil {
				t.Errorf("at most %d of what was said: %q (%v); expected %q", most, words, err, want)
			}
		}
		if got, err := tx.Said("c-none", 9); len(got) > 0 || err != nil {
			t.Errorf("in no case %v was said (%v)", got, err)
		}
		return nil
	})
}

func onlyAgreed(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
	s.put(docket.Changes{Cases: []evenkeel.Case{c, other}})
	put := func(d evenkeel.Decision) docket.Changes { return docket.Changes{Decisions: []evenkeel.Decision{d}} }
	s.refused(put(suspended(c, 1)), evenkeel.KindInvalid)
	open := aReview(c, 1, 1, "ada", "bea")
	s.put(docket.Changes{Reviews: []docket.Review{open}})
	s.refused(put(suspended(c, 1)), evenkeel.KindInvalid)
	s.put(docket.Changes{Reviews: []docket.Review{agreed(open)}, Decisions: []evenkeel.Decision{suspended(c, 1)}})
	lifted := suspended(c, 1)
	lifted.State = evenkeel.Lifted
	s.put(put(lifted)) // one person may end it
	for name, spoil := range map[string]func(*evenkeel.Decision){
		"more than they agreed on": func(d *evenkeel.Decision) { d.Measure = evenkeel.MeasureDeny },
		"by others":                func(d *evenkeel.Decision) { d.Actor.Second = "cem" },
		"by one twice":             func(d *evenkeel.Decision) { d.Actor.Second = "ada" },
		"by one":                   func(d *evenkeel.Decision) { d.Actor.Second = "" },
		"in another case":          func(d *evenkeel.Decision) { d.Case = other.ID },
	} {
		d := suspended(c, 2)
		spoil(&d)
		if err := s.try(put(d)); err == nil {
			t.Errorf("%s: it is in force; expected that it is refused", name)
		}
	}
	waits := suspended(c, 3)
	waits.State, waits.Actor.Second = evenkeel.Proposed, ""
	s.put(put(waits))
	waits.State, waits.Actor.Second = evenkeel.InForce, "bea"
	s.refused(put(waits), evenkeel.KindInvalid) // it comes as a new one
	watched := suspended(c, 4)
	watched.Actor, watched.Mode, watched.State = evenkeel.Actor{Policy: "p"}, evenkeel.ModeShadow, evenkeel.Proposed
	s.put(put(watched))
}

// ordering is a review about a lawful order that ada opened, to which some persons said yes.
func ordering(c evenkeel.Case, n, minutes int, yes ...evenkeel.PersonID) docket.Review {
	r := aReview(c, n, minutes, yes...)
	r.About, r.Wanted, r.Hold = docket.AboutHold, evenkeel.MeasureNone, &docket.Hold{Authority: "District court", Reference: fmt.Sprint("order ", n), Until: at(99)}
	for i := range r.Verdicts {
		r.Verdicts[i].Measure, r.Verdicts[i].Grant = evenkeel.MeasureNone, true
	}
	if len(yes) == 2 {
		r.State, r.Granted = docket.ReviewAgreed, true
	}
	return r
}

// withholding is the decision that carries it.
func withholding(c evenkeel.Case, n int, r *docket.Review) evenkeel.Decision {
	x := aDecision(c, n, evenkeel.InForce)
	x.Measure, x.Wanted, x.Actor.Person, x.Actor.Second = evenkeel.MeasureNone, evenkeel.MeasureNone, "ada", "bea"
	x.Grounds = evenkeel.Grounds{Clause: r.Hold.Clause(), Row: docket.RowLawful}
	return x
}

func withheldByTwo(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 1)
	one, alone := ordering(c, 1, 2, "ada", "bea"), ordering(other, 2, 2, "ada")
	s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Reviews: []docket.Review{alone}})
	s.refused(docket.Changes{Decisions: []evenkeel.Decision{withholding(other, 3, &alone)}}, evenkeel.KindConflict)
	x := withholding(c, 4, &one)
	s.put(docket.Changes{Reviews: []docket.Review{one}, Decisions: []evenkeel.Decision{x, aDecision(c, 5, evenkeel.InForce)}})
	want := docket.Withholdings([]evenkeel.Decision{x}, []docket.Review{one})
	if len(want) != 1 || want[0].Hold.Reference != "order 1" {
		t.Fatalf("%+v", want)
	}
	same(t, "of the case's folder", s.folder(c.ID).Lawful, want)
	same(t, "elsewhere, of the other's", s.folder(other.ID).Elsewhere, want)
	same(t, "elsewhere, in the dossier", s.dossierOf(other.ID).Elsewhere, want)
	rows := must(t, func(ctx context.Context) ([]docket.Row, error) {
		return s.books.Cases(ctx, docket.Query{ByPlace: true})
	})
	for _, r := range rows {
		if is := len(r.Lawful); r.Case.ID == c.ID && is != 1 || r.Case.ID != c.ID && is != 0 {
			t.Errorf("the row of %s has %+v", r.Case.Family, r.Lawful)
		}
	}
	x.State, x.At = evenkeel.Lifted, at(3)
	s.put(docket.Changes{Decisions: []evenkeel.Decision{x}})
	same(t, "once it has ended", len(s.folder(c.ID).Lawful), 0)
}

func givenBackByTwo(t *testing.T, s *scene) {
	c := aCase("raisup", "mining", 0)
	s.put(docket.Changes{Cases: []evenkeel.Case{c}, Entries: []evenkeel.Entry{acted(c, 1, "bea", 1)}})
	begins, ends := ordering(c, 1, 5, "ada", "bea"), ordering(c, 2, 5, "ada", "bea")
	s.refused(docket.Changes{Reviews: []docket.Review{begins}}, evenkeel.KindConflict)
	ends.Hold = &docket.Hold{Authority: begins.Hold.Authority, Reference: begins.Hold.Reference, Until: begins.Hold.Until, Ends: true}
	ends.State, ends.Granted = docket.ReviewDrawn, false
	twice := ends
	twice.Verdicts = []docket.Verdict{ends.Verdicts[0], ends.Verdicts[0]}
	s.refused(docket.Changes{Reviews: []docket.Review{twice}}, evenkeel.KindInvalid)
	s.put(docket.Changes{Reviews: []docket.Review{ends}})
	s.refused(docket.Changes{Decisions: []evenkeel.Decision{withholding(c, 3, &begins)}}, evenkeel.KindConflict)
	turned := ends
	turned.Hold = begins.Hold // an order in the place of its end
	s.refused(docket.Changes{Reviews: []docket.Review{turned}, Decisions: []evenkeel.Decision{withholding(c, 4, &begins)}}, evenkeel.KindConflict)
	ends.State, ends.Granted = docket.ReviewAgreed, true
	s.put(docket.Changes{Reviews: []docket.Review{ends}})
}
