package judge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// six are reviewers, of whom ada proposes.
var six = []evenkeel.PersonID{"ada", "bea", "cem", "dov", "eva", "fay"}

// refuses has ada take back what she proposed.
func (s *reviewed) refuses() {
	s.t.Helper()
	must(s.t, s.does(docket.ActRefuse, "ada", func(a *docket.Act) { a.Decision = s.last().Decision }))
	if r := s.last(); r.State != docket.ReviewOvertaken {
		s.t.Fatal("the review is", r.State, "and expected is that it is over")
	}
}

// TestWhoProposesAgainGetsTheSamePerson (R5, F13): nobody asks until the lot falls on a friend. The nonces of
// docketOf differ from one to the next.
func TestWhoProposesAgainGetsTheSamePerson(t *testing.T) {
	s := review(t, since(30, six...))
	first, nonce := evenkeel.PersonID(""), ""
	for try := range 8 {
		must(t, s.propose("ada", evenkeel.MeasureSuspend))
		d := s.last().Draws[0]
		if try == 0 {
			first, nonce = d.Drawn, d.Nonce
		}
		if d.Drawn != first || d.Nonce != nonce || d.Rule != docket.DrawInOrder || procedure.Drawn(s.last(), &d) != nil {
			t.Fatalf("try %d: drawn is %+v; expected %s by %q again", try, d, first, nonce)
		}
		s.refuses()
		s.at += time.Duration(try) * time.Hour
	}
}

// TestTheOrderOfALotIsThatOfEachRound (R5, F13): whoever is passed over stays first, and the rounds go along.
func TestTheOrderOfALotIsThatOfEachRound(t *testing.T) {
	asked := func(s *reviewed) (out []evenkeel.PersonID) {
		must(t, s.propose("ada", evenkeel.MeasureSuspend))
		for !s.last().State.Over() {
			s.at += 31 * minute
			play(t, s.d, s.at)
		}
		for _, d := range s.last().Draws {
			out = append(out, d.Drawn)
		}
		return out
	}
	s := review(t, since(30, six...))
	once := asked(s)
	if again := asked(s); len(once) != 5 || !slices.Equal(once, again) {
		t.Errorf("asked are %v, and then %v; expected the same five", once, again)
	}
	var lead int
	for _, p := range s.folder().Pages {
		if p.Page.Level == docket.LevelLead && strings.Contains(p.Page.Why, "Nobody is left who could be asked") {
			lead++
		}
	}
	if lead != 2 {
		t.Errorf("the lead is called %d times; expected each time that everybody was asked", lead)
	}
}

// nightly is a review at a desk that is staffed from 08:00 until 18:00. The start is at noon.
func nightly(t *testing.T, persons ...evenkeel.PersonID) *reviewed {
	b := newBooks()
	n := 0
	d, err := judge.New(judge.Parts{
		Books: b, Policy: defaultPolicy(t), Means: paper, Bench: since(30, persons...), Nonce: func() string { n++; return fmt.Sprint("night ", n) },
		Rota: daily{desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"len"}, {"cid"}}}},
	})
	must(t, err)
	s := &reviewed{t: t, b: b, d: d, at: 10 * minute}
	play(t, d, bothFamilies()...)
	return s
}

// TestANightPassesNobodyOver (R5, F13): who sleeps is not passed over until a friend who is awake is drawn, and
// no honest suspension ends as unseconded for it. It does not matter when somebody looks.
func TestANightPassesNobodyOver(t *testing.T) {
	morning := time.Duration(24-start.Time().Hour()+8) * time.Hour
	for name, looks := range map[string][]time.Duration{"each half hour": nil, "once in the morning": {morning + 10*minute}} {
		t.Run(name, func(t *testing.T) {
			s := nightly(t, six...)
			s.at = morning - 14*time.Hour - 10*minute // ten minutes of the half an hour before the desk closes at 18:00
			must(t, s.propose("ada", evenkeel.MeasureSuspend))
			at := s.at
			if looks == nil {
				for x := at; x <= morning+10*minute; x += 30 * minute {
					looks = append(looks, x)
				}
			}
			for _, x := range looks {
				play(t, s.d, x)
			}
			if r := s.last(); len(r.Draws) != 1 || r.State != docket.ReviewDrawn {
				t.Fatalf("after the night it is %s, with %d draws; expected that it waits for the first", r.State, len(r.Draws))
			}
			play(t, s.d, morning+22*minute)
			if r := s.last(); len(r.Draws) != 2 || r.Draws[0].Ended != "late" || r.Draws[1].At.Sub(start) > morning+22*minute {
				t.Fatalf("draws are %+v; expected another person after what was left of half an hour", r.Draws)
			}
		})
	}
}

// TestWhoeverIsDrawnIsCalled (R5, F13, F8), and nobody else reads who that is until their own verdict is in.
func TestWhoeverIsDrawnIsCalled(t *testing.T) {
	s := nightly(t, six...)
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	drawn := s.last().Waits()
	mine := func(f docket.Folder) (out []docket.Calling) {
		for _, c := range f.Pages {
			if c.Page.Drawn {
				out = append(out, c)
			}
		}
		return out
	}
	is := mine(s.folder())
	if len(is) != 1 || !slices.Equal(is[0].Page.For, []evenkeel.PersonID{drawn}) || is[0].Page.Due != s.last().Draws[0].At.Add(procedure.SecondFor) || is[0].Over != 0 {
		t.Fatalf("called are %+v; expected %s, for half an hour", is, drawn)
	}
	must(t, s.d.Called(t.Context(), judge.Reached{Page: is[0].Page.ID, Person: drawn, Channel: "mail", At: is[0].Page.At}, is[0].Page.At))
	must(t, s.d.Unreached(t.Context(), is[0].Page.ID, "no answer", is[0].Page.At.Add(minute)))
	if n := len(s.folder().Pages); n != len(mine(s.folder())) {
		for _, c := range s.folder().Pages {
			if strings.Contains(c.Page.Why, "You were drawn") && !c.Page.Drawn {
				t.Errorf("%+v is told that it was drawn", c.Page)
			}
		}
	}
	for _, reader := range append([]evenkeel.PersonID{""}, six...) {
		f := docket.Blind(s.folder(), reader)
		c := mine(f)[0]
		if knows := len(c.Page.For) > 0 || len(c.Tried) > 0; knows != (reader == drawn) {
			t.Errorf("%q reads %+v", reader, c)
		}
		for _, e := range f.Entries {
			if strings.Contains(e.Says, string(drawn)) && e.Actor.Person != drawn {
				t.Errorf("%q reads %q", reader, e.Says)
			}
		}
	}
	must(t, s.says(drawn, evenkeel.MeasureSuspend))
	if c := mine(s.folder()); c[0].Over == 0 {
		t.Errorf("%+v; expected that nobody is called for what was found", c)
	}
}
