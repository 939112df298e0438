package judge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// pulled is a world with one switch that is pulled, and people who may let it go.
type pulled struct {
	t     *testing.T
	d     *judge.Docket
	books docket.Books
	n     int
}

func pullIn(t *testing.T, c crew) *pulled {
	p := &pulled{t: t, books: newBooks()}
	p.d = docketOf(t, p.books, c)
	p.must(docket.ActPull, "ada", 0, false)
	return p
}

func (p *pulled) do(kind docket.ActKind, by evenkeel.PersonID, after time.Duration, keep bool) (judge.Heard, error) {
	p.n++
	a := houseAct(kind, by, after, scoped(docket.SwitchRule, "flood-out"))
	a.ID, a.Keep = fmt.Sprint("switch ", p.n), keep
	a.Says = "Because of what " + string(by) + " read."
	return p.d.Do(p.t.Context(), a, world)
}

func (p *pulled) must(kind docket.ActKind, by evenkeel.PersonID, after time.Duration, keep bool) docket.Changes {
	p.t.Helper()
	heard, err := p.do(kind, by, after, keep)
	if err != nil {
		p.t.Fatal(err)
	}
	return heard.Changes[len(heard.Changes)-1]
}

// seconded is what is said before somebody writes.
func (p *pulled) seconded(by evenkeel.PersonID, after time.Duration) error {
	return p.d.Seconded(p.t.Context(), houseAct(docket.ActRelease, by, after, scoped(docket.SwitchRule, "flood-out")))
}

func (p *pulled) denied(what string, by evenkeel.PersonID, after time.Duration, keep bool) {
	p.t.Helper()
	before := p.seconded(by, after)
	_, err := p.do(docket.ActRelease, by, after, keep)
	if p.is().Asked() == nil && (before == nil || !strings.HasSuffix(fmt.Sprint(err), before.Error())) {
		p.t.Errorf("%s: before one writes it says %v, and then %v; expected the same", what, before, err)
	}
	if evenkeel.KindOf(err) != evenkeel.KindDenied || evenkeel.HintOf(err) == "" {
		p.t.Errorf("%s: %v; expected that it is denied, with a hint", what, err)
	}
}

// is the switch, or nil where it is not pulled any more.
func (p *pulled) is() *docket.Switch {
	p.t.Helper()
	var g docket.Governor
	err := p.books.Transact(p.t.Context(), func(tx docket.Tx) (err error) {
		g, err = tx.Governor(docket.Asked{})
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(g.Switches) == 0 {
		return nil
	}
	return &g.Switches[0]
}

// TestASwitchIsReleasedByTwo (R5, B): a drawn second person says the same; one who differs keeps it
// until a third is heard. What is asserted is the switch.
func TestASwitchIsReleasedByTwo(t *testing.T) {
	for words, released := range map[string]bool{"yes": true, "no yes": true, "no no": false} {
		p := pullIn(t, since(30, "ada", "bea", "cem"))
		p.must(docket.ActRelease, "ada", minute, false)
		var last docket.Changes
		after := 2 * minute
		for word := range strings.FieldsSeq(words) {
			s := p.is()
			if s == nil || s.Asked() == nil {
				t.Fatalf("%s: %+v; expected that it is pulled and asked about", words, s)
			}
			last = p.must(docket.ActRelease, s.Review.Waits(), after, word == "no")
			after += minute
		}
		s := last.Switches[0]
		if s.Released() != released || (p.is() == nil) != released || !s.Review.State.Over() {
			t.Errorf("%s: released %t, %s", words, s.Released(), s.Review.State)
		}
		if released && (s.First.By != "ada" || s.Second.By != s.Review.Draws[len(s.Review.Draws)-1].Drawn || !s.Review.VerdictOf(s.Second.By).Grant) {
			t.Errorf("%s: released by %+v and %+v of %+v", words, s.First, s.Second, s.Review)
		}
		if released {
			if _, err := p.do(docket.ActRelease, "cem", 9*minute, false); evenkeel.KindOf(err) != evenkeel.KindNotFound || err == nil {
				t.Errorf("one that is not pulled is released: %v", err)
			}
			continue
		}
		p.must(docket.ActRelease, "bea", 9*minute, false) // who asks again begins anew
	}
}

// TestNobodyChoosesTheSecondWhoReleasesASwitch (R5): not the first again, nor anybody who was not drawn.
func TestNobodyChoosesTheSecondWhoReleasesASwitch(t *testing.T) {
	p := pullIn(t, since(30, "ada", "bea", "cem", "dov"))
	c := p.must(docket.ActRelease, "ada", minute, false)
	drawn := c.Switches[0].Review.Waits()
	if len(c.Pages) != 1 || len(c.Pages[0].For) != 1 || c.Pages[0].For[0] != drawn || strings.Contains(c.Pages[0].Why, "read") {
		t.Errorf("called: %+v; expected %s, who is told nothing of what ada found", c.Pages, drawn)
	}
	for _, by := range []evenkeel.PersonID{"ada", "bea", "cem", "dov", "nob"} {
		if by != drawn {
			p.denied(string(by), by, 2*minute, false)
			p.denied(string(by), by, 2*minute, true)
		}
	}
	if s := p.is(); s == nil || len(s.Review.Verdicts) != 1 || s.Review.Waits() != drawn {
		t.Errorf("%+v; expected that it waits for %s still", s, drawn)
	}
}

// TestTheSecondReadsNothingOfTheFirst (R5): neither who asked, nor why, nor who else could have been drawn.
func TestTheSecondReadsNothingOfTheFirst(t *testing.T) {
	p := pullIn(t, since(30, "ada", "bea", "cem"))
	p.must(docket.ActRelease, "ada", minute, false)
	s := p.is()
	for _, reader := range []evenkeel.PersonID{s.Review.Waits(), "", "nob"} {
		r := docket.BlindSwitch(*s, reader).Review
		if r.By != "" || len(r.Verdicts) != 0 || r.Draws[0].Candidates != nil || r.Waits() != reader && reader == s.Review.Waits() {
			t.Errorf("%q reads %+v", reader, r)
		}
	}
	if r := docket.BlindSwitch(*s, "ada").Review; len(r.Verdicts) != 1 || s.Review.By != "ada" {
		t.Errorf("ada reads %+v of her own word", r)
	}
}

// TestASwitchIsReleasedAtNight (B): who was drawn is asleep; after half an hour another is drawn and
// called, whoever tries meanwhile, and at last it is said that nobody answered.
func TestASwitchIsReleasedAtNight(t *testing.T) {
	p := pullIn(t, since(30, "ada", "bea", "cem"))
	first := p.must(docket.ActRelease, "ada", minute, false).Switches[0].Review.Waits()
	p.denied("who was drawn, too late", first, 32*minute, false)
	s := p.is()
	if s.Review.Waits() == first || len(s.Review.Draws) != 2 || s.Review.Draws[0].Ended != "late" {
		t.Fatalf("%+v; expected that another is drawn", s.Review)
	}
	heard, err := p.d.Sweep(t.Context(), start.Add(70*minute), world)
	if err != nil || len(heard.Changes) != 1 || len(heard.Changes[0].Pages) != 1 {
		t.Fatalf("%+v, %v; expected that the lead is told", heard, err)
	}
	if s := p.is(); s == nil || s.Asked() != nil || s.Review.State != docket.ReviewUnseconded {
		t.Errorf("%+v; expected that it stays pulled, and can be asked again", s)
	}
	p.must(docket.ActRelease, p.must(docket.ActRelease, "cem", 71*minute, false).Switches[0].Review.Waits(), 72*minute, false)
	if s := p.is(); s != nil {
		t.Errorf("%+v; expected that it is released", s)
	}
}

// TestASwitchIsNotReleasedWithoutASecondPerson (R5): invented names, one person alone, one who is there
// since yesterday; and after seven days whoever pulled it alone can release it.
func TestASwitchIsNotReleasedWithoutASecondPerson(t *testing.T) {
	p := pullIn(t, nil)
	p.denied("a name", "ghost1", minute, false)
	p.denied("another", "ghost2", 2*minute, false)
	p = pullIn(t, since(30, "ada"))
	p.denied("ada alone", "ada", minute, false)
	if err := p.seconded("ada", minute); err == nil || err.Error() != "letting the switch rule flood-out go takes two persons, and nobody could be the second: nobody else here has enrolled and may decide" {
		t.Errorf("it says %v; expected who is missing", err)
	}
	p.denied("a name beside ada", "ghost1", 2*minute, false)
	later := append(since(30, "ada"), docket.Reviewer{Person: "bea", Enrolled: start.Add(time.Hour)})
	p = pullIn(t, later)
	p.denied("bea is new", "ada", 24*time.Hour, false)
	must(t, p.seconded("ada", 8*24*time.Hour))
	p.must(docket.ActRelease, "ada", 8*24*time.Hour, false)
	p.must(docket.ActRelease, "bea", 8*24*time.Hour+minute, false)
	if s := p.is(); s != nil {
		t.Errorf("%+v; expected that it is released", s)
	}
}

// TestWhoWroteTheRuleIsNotDrawn about its switch (R5).
func TestWhoWroteTheRuleIsNotDrawn(t *testing.T) {
	p := pullIn(t, since(30, "ada", "bea"))
	if err := p.d.Wrote(t.Context(), "bea", "flood-out", start); err != nil {
		t.Fatal(err)
	}
	p.denied("only the author is left", "ada", minute, false)
}

// TestWhoAskedAndIsWithdrawnHoldsNobodyUp (R5, B): a question by somebody who may not decide any more ends. Whoever asks
// after them begins anew, also whoever was drawn; a no keeps it pulled; and where nobody says anything
// it is over with the time of whoever was drawn, and the lead is told.
func TestWhoAskedAndIsWithdrawnHoldsNobodyUp(t *testing.T) {
	all := since(30, "ada", "bea", "cem", "dov")
	asked := func(t *testing.T, b books) (p *pulled, drawn, other evenkeel.PersonID) {
		p = &pulled{t: t, books: b, d: docketOf(t, b, all)}
		p.must(docket.ActPull, "bea", 0, false)
		drawn = p.must(docket.ActRelease, "ada", minute, false).Switches[0].Review.Waits()
		if other = "bea"; other == drawn {
			other = "cem"
		}
		p.d = docketOf(t, b, all.without("ada"))
		return p, drawn, other
	}
	for _, who := range []string{"another", "whoever was drawn"} {
		inBoth(t, who+" asks", func(t *testing.T, b books) {
			p, drawn, by := asked(t, b)
			if who == "whoever was drawn" {
				by = drawn
			}
			p.must(docket.ActRelease, by, 2*minute, false)
			s := p.is()
			if s == nil || s.Asked() == nil || s.Review.By != by || len(s.Review.Draws) != 1 || s.Review.Waits() == by || s.Review.Waits() == "ada" {
				t.Fatalf("%+v; expected a question of %s, for somebody else", s, by)
			}
		})
	}
	inBoth(t, "whoever was drawn says no", func(t *testing.T, b books) {
		p, drawn, other := asked(t, b)
		if _, err := p.do(docket.ActRelease, other, 2*minute, true); evenkeel.KindOf(err) != evenkeel.KindConflict || p.is().Asked() == nil {
			t.Errorf("%s, who was not drawn, says no: %v", other, err)
		}
		p.must(docket.ActRelease, drawn, 3*minute, true)
		if s := p.is(); s == nil || s.Asked() != nil || s.Review.State != docket.ReviewOvertaken {
			t.Errorf("%+v; expected that it stays pulled, and can be asked again", s)
		}
	})
	inBoth(t, "nobody says anything", func(t *testing.T, b books) {
		p, _, other := asked(t, b)
		heard, err := p.d.Sweep(t.Context(), start.Add(32*minute), world)
		if err != nil || len(heard.Changes) != 1 || len(heard.Changes[0].Pages) != 1 || heard.Changes[0].Pages[0].Level != docket.LevelLead {
			t.Fatalf("%+v, %v; expected that the lead is told", heard, err)
		}
		if s := p.is(); s == nil || s.Asked() != nil || len(s.Review.Draws) != 1 {
			t.Errorf("%+v; expected that nobody else is drawn for it", s)
		}
		p.must(docket.ActRelease, other, 33*minute, false)
	})
	t.Run("and two who work here let it go", func(t *testing.T) {
		p, _, other := asked(t, newBooks())
		p.must(docket.ActRelease, other, 2*minute, false)
		p.must(docket.ActRelease, p.is().Review.Waits(), 3*minute, false)
		if s := p.is(); s != nil {
			t.Errorf("%+v; expected that it is released", s)
		}
	})
	t.Run("who is withdrawn once they were drawn says nothing", func(t *testing.T) {
		p := &pulled{t: t, books: newBooks()}
		p.d = docketOf(t, p.books, all)
		p.must(docket.ActPull, "bea", 0, false)
		drawn := p.must(docket.ActRelease, "ada", minute, false).Switches[0].Review.Waits()
		p.d = docketOf(t, p.books, all.without(drawn))
		p.denied("yes", drawn, 2*minute, false)
		p.denied("no", drawn, 2*minute, true)
	})
}
