package judge_test

import (
	"context"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// deaf is a case of a tenant whose mailbox is dead: the notice of what stands came back.
func deaf(t *testing.T) *reviewed {
	t.Helper()
	s := review(t, since(30, "ada", "bea", "cem"))
	for _, x := range s.folder().Decisions {
		if x.State != evenkeel.InForce {
			continue
		}
		must(t, s.d.Untold(context.Background(), evenkeel.NewNoticeID(x.ID, x.State), "550 no such mailbox", start.Add(5*minute)))
	}
	return s
}

// tells has a person say that they told the owner by phone.
func (s *reviewed) tells(by evenkeel.PersonID, with ...func(*docket.Act)) error {
	return s.does(docket.ActTold, by, func(a *docket.Act) {
		a.Contact, a.Telling, a.Says = "owner", &docket.Telling{How: docket.ByPhone}, "I read the notice to him at the number of the contract."
		for _, w := range with {
			w(a)
		}
	})
}

// N, R5: the verdict of who was drawn is kept before it is asked whether anybody was told of what stands: nobody learns by a
// refusal what the other found, and nothing is thrown away. Both wait until somebody was told, and then the
// suspension of two persons takes effect. A dead mailbox makes nobody immune.
func TestVerdictsWaitUntilSomebodyIsTold(t *testing.T) {
	s := deaf(t)
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	drawn := s.last().Waits()
	must(t, s.says(drawn, evenkeel.MeasureSuspend))
	r := s.last()
	if len(r.Verdicts) != 2 || r.State != docket.ReviewDrawn || r.Waits() != "" || s.inForce().Measure == evenkeel.MeasureSuspend {
		t.Fatalf("%+v, %s stands; expected that both verdicts are kept and wait, and nothing above notify", r, s.inForce().Measure)
	}
	if n := sentences(s.folder(), "are in and wait: the notice of"); n != 1 {
		t.Errorf("it is said %d times why it waits; expected once", n)
	}
	play(t, s.d, s.at+3*time.Hour) // it is asked again, and nobody else is drawn
	if r := s.last(); r.State.Over() || len(r.Draws) != 1 || sentences(s.folder(), "are in and wait") != 1 {
		t.Fatalf("%+v; expected that it waits", r)
	}
	s.at += 4 * time.Hour
	third := evenkeel.PersonID("cem")
	if drawn == third {
		third = "bea"
	}
	must(t, s.tells(third))
	r, x := s.last(), s.inForce()
	if r.State != docket.ReviewAgreed || x.Measure != evenkeel.MeasureSuspend || x.Actor.Person != "ada" || x.Actor.Second != drawn || x.At != start.Add(s.at) {
		t.Errorf("review %+v, %+v stands; expected the suspension of ada and %s, from when somebody was told", r, x, drawn)
	}
	if sentences(s.folder(), "The owner contact was told of throttle otherwise (phone)") != 1 {
		t.Errorf("%v; expected that it stands in the timeline who told whom, and how", s.folder().Entries)
	}
}

// N: by whichever way somebody is told later, what waited goes on at the next look.
func TestVerdictsThatWaitGoOnWhereANoticeArrives(t *testing.T) {
	s := deaf(t)
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	must(t, s.says(s.last().Waits(), evenkeel.MeasureSuspend))
	n := evenkeel.NewNoticeID(s.inForce().ID, evenkeel.InForce)
	at := start.Add(s.at + minute)
	must(t, s.d.Told(context.Background(), docket.Delivery{Notice: n, Channel: "mail", To: "billing#0123456789ab", At: at}, at))
	play(t, s.d, s.at+time.Hour)
	if x := s.inForce(); x.Measure != evenkeel.MeasureSuspend {
		t.Errorf("%+v stands; expected the suspension", x)
	}
}

// R5, R27, G: who gave a verdict before the tenant spoke has not heard it. What waited waits on until a person has decided on that; what
// the tenant says neither carries it out nor ends it.
func TestVerdictsThatWaitWaitOnWhereTheTenantSpeaks(t *testing.T) {
	for name, c := range map[string]struct {
		kind     docket.ActKind
		byPerson bool // what stands
	}{
		"an answer": {docket.ActAnswer, false},
		"an appeal": {docket.ActAppeal, false},
		"an appeal against what a person decided": {docket.ActAppeal, true},
	} {
		t.Run(name, func(t *testing.T) { waitsOn(t, c.kind, c.byPerson) })
	}
}

func waitsOn(t *testing.T, kind docket.ActKind, byPerson bool) {
	s := deaf(t)
	if byPerson {
		must(t, s.does(docket.ActLower, "gus", func(a *docket.Act) { a.Measure = evenkeel.MeasureNotify }))
		must(t, s.d.Untold(context.Background(), evenkeel.NewNoticeID(s.inForce().ID, evenkeel.InForce), "550 no such mailbox", start.Add(s.at)))
	}
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	must(t, s.says(s.last().Waits(), evenkeel.MeasureSuspend))
	again := func() evenkeel.Moment {
		k := clockOf(s.folder(), docket.ClockSecond)
		if k == nil {
			t.Fatal("it is not asked again whether anybody was told")
		}
		return k.Due
	}
	due := again()
	s.at -= minute // in the same moment as the last verdict, too: what they say carries nothing out (R27)
	must(t, s.does(kind, "", func(a *docket.Act) { a.Says = "It is our batch job." }))
	s.at += 10 * minute
	must(t, s.does(kind, "", func(a *docket.Act) { a.Says = "It is our batch job, and has an end." }))
	if now := again(); now != due {
		t.Errorf("it is asked again at %s instead of %s: the words of a tenant put it off", now, due)
	}
	play(t, s.d, s.at+3*time.Hour)
	if r, x := s.last(), s.inForce(); r.State.Over() || x.Measure == evenkeel.MeasureSuspend || sentences(s.folder(), "The tenant has spoken since the verdicts of review") != 2 {
		t.Fatalf("%+v, %+v stands; expected that it waits until a person has decided on that", r, x)
	}
	s.at += 4 * time.Hour
	proposed := s.last().Decision
	must(t, s.does(docket.ActRefuse, "gus", func(a *docket.Act) { a.Decision = proposed }))
	if r := s.last(); r.State != docket.ReviewOvertaken {
		t.Errorf("%+v; expected that a person can have it decided anew", r)
	}
}

// N: a person who says that they told somebody says whom, how, when and what; only what stands and of which nobody
// was told is told by it, and only what was decided by then.
func TestWhatToldOtherwiseTakes(t *testing.T) {
	for name, with := range map[string]func(*docket.Act){
		"no contact":                 func(a *docket.Act) { a.Contact = "" },
		"an address":                 func(a *docket.Act) { a.Contact = "ann@example.com" },
		"no way":                     func(a *docket.Act) { a.Telling = nil },
		"no reason":                  func(a *docket.Act) { a.Says = "" },
		"a time to come":             func(a *docket.Act) { a.Telling.When = a.At.Add(time.Hour) },
		"before it was decided":      func(a *docket.Act) { a.Telling.When = start.Add(-time.Hour) },
		"by the tenant, of its own":  func(a *docket.Act) { a.By = "" },
		"a way that there is not":    func(a *docket.Act) { a.Telling.How = 99 },
		"of a tenant without a case": func(a *docket.Act) { a.Tenant = "nobody" },
	} {
		t.Run(name, func(t *testing.T) {
			s := deaf(t)
			before := len(s.folder().Entries)
			if err := s.tells("ada", with); err == nil || len(s.folder().Entries) != before {
				t.Errorf("%v, %d entries more; expected that it is refused, and nothing kept", err, len(s.folder().Entries)-before)
			}
		})
	}
	s := deaf(t)
	must(t, s.tells("ada"))
	if err := s.tells("ada"); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("once more: %v; expected that nothing is left of which nobody was told", err)
	}
}

// N: a hearing of which nobody was told begins when a person says that they told it, whole.
func TestAHearingBeginsWhenAPersonTellsIt(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	x := heldIsolation(t, d, b)
	length := x.From.Sub(start.Add(61 * minute))
	must(t, d.Untold(context.Background(), evenkeel.NewNoticeID(x.ID, evenkeel.Held), "550 no such mailbox", start.Add(62*minute)))
	play(t, d, 3*time.Hour)
	a := act(docket.ActTold, "trial", 3*time.Hour+minute)
	a.By, a.Contact, a.Telling, a.Says = "ada", "owner", &docket.Telling{How: docket.InPerson, When: start.Add(2 * time.Hour)}, "She was at our desk."
	if _, err := one(d, a); err != nil {
		t.Fatal(err)
	}
	play(t, d, 3*time.Hour+minute+length-1)
	if is := standsAs(folders(t, b)[0], x.ID); is != evenkeel.Held {
		t.Fatalf("the isolation is %s; expected the whole time to be heard from when that was said", is)
	}
	play(t, d, 6*time.Hour)
	if is := standsAs(folders(t, b)[0], x.ID); is == evenkeel.Held {
		t.Errorf("the isolation is %s; expected that it took effect after that", is)
	}
}
