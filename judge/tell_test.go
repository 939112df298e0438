package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

// lowering is an act that puts a milder measure in the place of what is in force of trial.
func lowering(to evenkeel.Measure, after time.Duration) docket.Act {
	a := act(docket.ActLower, "trial", after)
	a.Measure = to
	return a
}

// receiver lets something come back about all orders to enforce that there are by then.
type receiver func(t *testing.T, d *judge.Docket, b books)

func says(s evenkeel.ReceiptState, effect string) receiver {
	return func(t *testing.T, d *judge.Docket, b books) {
		t.Helper()
		for _, o := range folders(t, b)[0].Orders {
			if o.Lift {
				continue
			}
			if err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: o.ID, Node: "host-7", State: s, Effect: effect}, start.Add(minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var (
	silent   receiver = func(*testing.T, *judge.Docket, books) {}
	applied           = says(evenkeel.ReceiptApplied, "cpu 20%")
	refused           = says(evenkeel.ReceiptRefused, "")
	gaveItUp receiver = func(t *testing.T, d *judge.Docket, b books) {
		t.Helper()
		for _, o := range folders(t, b)[0].Orders {
			if err := d.Missed(t.Context(), o.ID, "gone", start.Add(minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
)

// besides are the other measures that a notice tells of, such as "throttle superseded".
func besides(n *evenkeel.Notice) string {
	var out []string
	for _, b := range n.Beside {
		s := b.Measure.String() + " " + b.State.String()
		if b.Undone {
			s += ", undone"
		}
		for _, a := range b.Assets {
			s += " " + string(a)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// Property N: a letter that says only what holds now says of a throttle that was told, applied
// and let go that nothing was limited.
func TestALetterTellsWhatEndedByIt(t *testing.T) {
	throttle := []any{finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 30*time.Second, evenkeel.Final, usage, wire)}
	isolate := append(slices.Clone(throttle), finding("trial-1", "trial", 62*minute, evenkeel.Final, usage, stratum))
	notify := evenkeel.MeasureNotify
	for _, c := range []struct {
		name   string
		before []any
		came   receiver
		then   []any
		about  string
		want   string
	}{
		{"a throttle that was applied is lowered", throttle, applied, []any{lowering(notify, 5*minute)}, "notify in_force", "throttle superseded trial-1"},
		{"of which nobody has said anything", throttle, silent, []any{lowering(notify, 5*minute)}, "notify in_force", "throttle superseded trial-1"},
		{"that was refused", throttle, refused, []any{lowering(notify, 5*minute)}, "notify in_force", "throttle superseded, undone trial-1"},
		{"that was given up", throttle, gaveItUp, []any{lowering(notify, 5*minute)}, "notify in_force", "throttle superseded, undone trial-1"},
		{"an isolation is announced over a throttle", isolate, applied, nil, "isolate held", "throttle in_force trial-1"},
		{"and takes its place", isolate, applied, []any{93 * minute}, "isolate in_force", "throttle superseded trial-1"},
		{"of a throttle that nobody carries out", isolate, refused, []any{93 * minute}, "isolate in_force", "throttle superseded, undone trial-1"},
		{"and is lowered to one", isolate, applied, []any{93 * minute, lowering(evenkeel.MeasureThrottle, 94*minute)}, "throttle in_force", "isolate superseded trial-1"},
		{"a person lets it take effect", isolate, applied, []any{approving(evenkeel.MeasureIsolate, 63*minute)}, "isolate in_force", "throttle superseded trial-1"},
		{"a throttle of another machine", throttle, applied,
			[]any{finding("trial-2", "trial", 2*minute, evenkeel.Provisional, usage, wire)}, "throttle in_force", "throttle in_force trial-1"},
		{"a first question", throttle[:1], silent, nil, "notify in_force", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			play(t, d, c.before...)
			c.came(t, d, b)
			play(t, d, c.then...)
			all := slices.DeleteFunc(folders(t, b)[0].Notices, func(n evenkeel.Notice) bool { return corrects(&n) })
			n := all[len(all)-1]
			if about := n.Measure.String() + " " + n.State.String(); about != c.about || besides(&n) != c.want {
				t.Errorf("the last notice is about %s, beside %q; expected %s, beside %q", about, besides(&n), c.about, c.want)
			}
		})
	}
}

// A question about one machine does not say of another, whose throttle goes on, that all works.
func TestALetterTellsWhatGoesOnBesideIt(t *testing.T) {
	d, b := throttled(t)
	play(t, d, finding("trial-2", "trial", 2*minute, evenkeel.Provisional, usage, wire))
	applied(t, d, b)
	lower := lowering(evenkeel.MeasureNotify, 5*minute)
	lower.Decision = stateOf(t, b, evenkeel.MeasureThrottle).ID
	play(t, d, lower)
	all := folders(t, b)[0].Notices
	if n := all[len(all)-1]; n.Measure != evenkeel.MeasureNotify || besides(&n) != "throttle superseded trial-2; throttle in_force trial-1" {
		t.Errorf("%s of %v, beside %q; expected a question about trial-2, whose throttle ended, and that of trial-1 goes on", n.Measure, n.Assets, besides(&n))
	}
}

func approving(m evenkeel.Measure, after time.Duration) docket.Act {
	a := act(docket.ActApprove, "trial", after)
	a.Measure = m
	return a
}

func TestWhatWasNotCarriedOutIsNotLetGo(t *testing.T) {
	for _, c := range []struct {
		name string
		came receiver
		then any
		want string
	}{
		{"lifted", applied, act(docket.ActLift, "trial", 5*minute), "lifted"},
		{"lifted, and refused before", refused, act(docket.ActLift, "trial", 5*minute), "lifted, undone"},
		{"lifted, and given up before", gaveItUp, act(docket.ActLift, "trial", 5*minute), "lifted, undone"},
		{"lifted, and on paper", says(evenkeel.ReceiptApplied, docket.EffectPaper), act(docket.ActLift, "trial", 5*minute), "lifted"},
		{"its time is up", applied, 5 * time.Hour, "lapsed"},
		{"its time is up, and it was refused", refused, 5 * time.Hour, "lapsed, undone"},
		{"cleared, and refused before", refused, closing(evenkeel.OutcomeFalsePositive, 5*minute), "lifted, undone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, b := throttled(t)
			c.came(t, d, b)
			play(t, d, c.then)
			all := folders(t, b)[0].Notices
			n := all[len(all)-1]
			got := n.State.String()
			if n.Undone {
				got += ", undone"
			}
			if got != c.want || n.Measure != evenkeel.MeasureThrottle {
				t.Errorf("the last notice is about %s, %s; expected throttle, %s", n.Measure, got, c.want)
			}
		})
	}
	t.Run("closed when its time was up", func(t *testing.T) {
		d, b := throttled(t)
		refused(t, d, b)
		play(t, d, 5*time.Hour, closing(evenkeel.OutcomeConfirmed, 6*time.Hour))
		all := folders(t, b)[0].Notices
		if n := all[len(all)-1]; !n.Undone || n.State != evenkeel.Lapsed || n.Outcome != evenkeel.OutcomeConfirmed {
			t.Errorf("%+v; expected that it was closed, and that what is over could not be carried out", n)
		}
	})
}

// A letter, the page and the clock name one time: of two, the tenant believes the later one.
func TestALetterNamesTheTimeOfTheClockThatRuns(t *testing.T) {
	due := func(t *testing.T, b books, k docket.ClockKind) (at evenkeel.Moment) {
		t.Helper()
		for _, c := range folders(t, b)[0].Clocks {
			if c.Kind == k && c.Ended == 0 {
				at = c.Due
			}
		}
		return at
	}
	last := func(t *testing.T, b books) evenkeel.Notice {
		t.Helper()
		all := folders(t, b)[0].Notices
		return all[len(all)-1]
	}
	t.Run("to answer, where a person acts before the tenant has", func(t *testing.T) {
		d, b := throttled(t)
		first := last(t, b)
		play(t, d, lowering(evenkeel.MeasureNotify, 5*minute))
		n := last(t, b)
		if at := due(t, b, docket.ClockTenantAnswer); at == 0 || n.AnswerBy != at || n.AnswerBy != first.AnswerBy {
			t.Errorf("answer by %s, the first said %s and the clock runs out at %s; expected one time", n.AnswerBy, first.AnswerBy, at)
		}
	})
	t.Run("nothing, where the tenant has", func(t *testing.T) {
		d, b := throttled(t)
		play(t, d, act(docket.ActAnswer, "trial", 4*minute), lowering(evenkeel.MeasureNotify, 5*minute))
		if n := last(t, b); n.AnswerBy != 0 || n.PersonBy <= n.At {
			t.Errorf("answer by %s, a person by %s; expected that nothing is asked again", n.AnswerBy, n.PersonBy)
		}
	})
	t.Run("a new question after its answer is asked", func(t *testing.T) {
		d, b := throttled(t)
		play(t, d, act(docket.ActAnswer, "trial", 4*minute), act(docket.ActLift, "trial", 5*minute), finding("trial-2", "trial", 3*time.Hour, evenkeel.Provisional, usage))
		if n, at := last(t, b), due(t, b, docket.ClockTenantAnswer); n.State == evenkeel.InForce && n.AnswerBy != at {
			t.Errorf("answer by %s, and the clock runs out at %s", n.AnswerBy, at)
		}
	})
	t.Run("a person, where the tenant waits", func(t *testing.T) {
		b := newBooks()
		d := newDocket(t, b)
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-2", "trial", minute, evenkeel.Provisional, usage),
			act(docket.ActMessage, "trial", 2*minute), 12*minute)
		if n, at := last(t, b), due(t, b, docket.ClockOurAnswer); at == 0 || n.PersonBy != at {
			t.Errorf("a person decides by %s, and the clock runs out at %s (%s, %s)", n.PersonBy, at, n.Measure, n.At)
		}
	})
}

// Whatever happens: no letter says that nothing is limited of what a node says that it limits and
// nobody told it to let go; and none says, when it is written, that something is let go which as
// far as is known was never carried out, nor the other way round.
func TestNoLastLetterBeliesWhatIsCarriedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks()
		d := newDocket(t, b)
		for _, x := range drawHistory(t) {
			before := map[evenkeel.CaseID]int{}
			for _, f := range folders(t, b) {
				before[f.Case.ID] = len(f.Notices)
			}
			_, _ = one(d, x) // some acts do not go with how things stand
			for _, f := range folders(t, b) {
				for i := range f.Notices[before[f.Case.ID]:] {
					checkEnds(t, f, &f.Notices[before[f.Case.ID]+i])
				}
				checkNothing(t, f)
				comeBack(t, d, &f, timeOf(x))
			}
			for _, f := range folders(t, b) {
				checkNothing(t, f)
			}
		}
	})
}

// checkEnds holds what a notice says of measures that are over to what was known when it was
// written.
func checkEnds(t *rapid.T, f docket.Folder, n *evenkeel.Notice) {
	undone := func(id evenkeel.DecisionID) bool {
		r := became(f, evenkeel.NewOrderID(id, false))
		return r.Undone()
	}
	if n.Measure.Enforced() && n.State.Over() && n.Undone != undone(n.Decision) {
		t.Fatalf("%s %s, %s: undone %t; expected what its order says", n.ID, n.Measure, n.State, n.Undone)
	}
	for _, y := range f.Decisions {
		ended := y.Mode == evenkeel.ModeLive && y.State == evenkeel.Superseded && y.Measure.Enforced() && y.At == n.At && became(f, evenkeel.NewOrderID(y.ID, true)).Order != ""
		if !ended || n.State != evenkeel.InForce || n.Decision == y.ID || !coversAll(n.Assets, y.Assets) {
			continue
		}
		if !slices.ContainsFunc(n.Beside, func(o evenkeel.Beside) bool {
			return o.Measure == y.Measure && slices.Equal(o.Assets, y.Assets) && o.State == evenkeel.Superseded && o.Undone == undone(y.ID)
		}) {
			t.Fatalf("%s took the place of %s of %v, undone %t, and says beside %q", n.Measure, y.Measure, y.Assets, undone(y.ID), besides(n))
		}
	}
}

// checkNothing holds the last notice about each machine to what its nodes say.
func checkNothing(t *rapid.T, f docket.Folder) {
	last := map[evenkeel.AssetID]*evenkeel.Notice{}
	for i := range f.Notices {
		for _, a := range f.Notices[i].Assets {
			last[a] = &f.Notices[i]
		}
	}
	for _, o := range f.Orders {
		r := became(f, o.ID).Receipt
		lifted := slices.ContainsFunc(f.Orders, func(l evenkeel.Order) bool { return l.Lift && l.Decision == o.Decision })
		if o.Lift || lifted || r.State != evenkeel.ReceiptApplied {
			continue
		}
		for _, a := range o.Assets {
			n := last[a]
			if n != nil && n.State == evenkeel.InForce && !n.Measure.Enforced() && len(n.Beside) == 0 && n.Outcome == evenkeel.OutcomeNone {
				t.Fatalf("%s says that nothing is limited, and %s of %s is applied and was not lifted", n.ID, o.Measure, a)
			}
			if n != nil && n.State == evenkeel.Held && len(n.Beside) == 0 {
				t.Fatalf("%s says that nothing is done yet, and %s of %s is applied and was not lifted", n.ID, o.Measure, a)
			}
		}
	}
}

func coversAll(some, others []evenkeel.AssetID) bool {
	return !slices.ContainsFunc(others, func(a evenkeel.AssetID) bool { return !slices.Contains(some, a) })
}

// N: of several machines that are announced each letter names the others, and asks for an answer before the first of
// them begins; a later question about another machine does so too.
func TestALetterNamesWhatElseIsAnnounced(t *testing.T) {
	b := newBooks()
	d, known := newDocket(t, b), &land{}
	for _, after := range []time.Duration{0, 61 * minute, 122 * minute} {
		signs := []sign{usage, stratum}
		if after == 0 {
			signs = signs[:1]
		}
		considered(t, d, known, finding("trial-1", "trial", after, evenkeel.Final, signs...), finding("trial-2", "trial", after+minute, evenkeel.Final, signs...))
	}
	var letters []evenkeel.Notice
	for _, n := range folders(t, b)[0].Notices {
		if n.State == evenkeel.Held && !n.Reminder {
			letters = append(letters, n)
		}
	}
	if len(letters) != 2 {
		t.Fatalf("%d announcements; expected two", len(letters))
	}
	first, second := letters[0], letters[1]
	held := func(n *evenkeel.Notice) (out []evenkeel.Beside) {
		return slices.DeleteFunc(slices.Clone(n.Beside), func(b evenkeel.Beside) bool { return b.State != evenkeel.Held })
	}
	if is := held(&second); len(held(&first)) != 0 || len(is) != 1 || is[0].From != first.From || is[0].Measure != evenkeel.MeasureIsolate || !slices.Equal(is[0].Assets, first.Assets) {
		t.Errorf("beside the first %+v, beside the second %+v; expected that the second names the isolation of trial-1 from %s on", held(&first), is, first.From)
	}
	if first.AnswerBy != first.From || second.AnswerBy != first.From {
		t.Errorf("they ask by %s and %s; expected the earliest, %s", first.AnswerBy, second.AnswerBy, first.From)
	}
}

// N: what was announced and gives way to another measure before it begins is named in the letter of that one, with when
// it was to begin, also where the tenant's answer had made a question of it; what is approved as announced is not.
func TestALetterNamesWhatWasAnnouncedAndGivesWay(t *testing.T) {
	for _, c := range []struct {
		name   string
		speaks bool
		as     evenkeel.Measure
		beside int
	}{
		{"held, as a question", false, evenkeel.MeasureNotify, 1}, {"asked about since an answer, as a question", true, evenkeel.MeasureNotify, 1}, {"as it was announced", false, evenkeel.MeasureThrottle, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			late(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), afterwards)
			late(t, d, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), afterwards+time.Second)
			x := stateOf(t, b, evenkeel.MeasureThrottle)
			if c.speaks {
				play(t, d, act(docket.ActAnswer, "trial", afterwards+minute))
			}
			approve := act(docket.ActApprove, "trial", afterwards+2*minute)
			approve.Decision, approve.Measure = x.ID, c.as
			play(t, d, approve)
			all := folders(t, b)[0].Notices
			n := all[len(all)-1]
			if n.State != evenkeel.InForce || n.Measure != c.as || len(n.Beside) != c.beside {
				t.Fatalf("the letter is of %s, %s, and beside it stands %+v", n.Measure, n.State, n.Beside)
			}
			for _, b := range n.Beside {
				if b.Measure != evenkeel.MeasureThrottle || b.State != evenkeel.Superseded || b.From != x.From || !slices.Equal(b.Assets, x.Assets) {
					t.Errorf("beside it stands %+v; expected what was announced for %s", b, x.From)
				}
			}
		})
	}
}

// F15, N: what stays in a new decision, since an appeal against it was in vain, has not ended: the letter names nothing that
// was let go, and asks nothing anew.
func TestWhatStaysOnAppealHasNotEnded(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), act(docket.ActAppeal, "trial", 20*minute))
	was := stateOf(t, b, evenkeel.MeasureThrottle)
	uphold := act(docket.ActUphold, "trial", 40*minute)
	uphold.By = "ben"
	play(t, d, uphold)
	all := folders(t, b)[0].Notices
	n := all[len(all)-1]
	if n.State != evenkeel.InForce || n.Measure != evenkeel.MeasureThrottle || n.Until != was.Until || !n.Upheld || n.Appealed != start.Add(20*minute) {
		t.Fatalf("%+v; expected the throttle, upheld, until %s", n, was.Until)
	}
	if len(n.Beside) != 0 || n.AnswerBy != 0 {
		t.Errorf("beside it stands %q, and it asks by %s; expected neither", besides(&n), n.AnswerBy)
	}
}

// F15, N: the letter that clears a case answers the appeal that was open, by its number, whoever clears it, and says nothing
// more of how to appeal.
func TestALetterThatClearsNamesTheAppeal(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), act(docket.ActAppeal, "trial", 20*minute))
	before := folders(t, b)[0].Notices
	receipt := before[len(before)-1].Receipt
	clears := act(docket.ActClear, "trial", 40*minute)
	clears.By, clears.NoFlag = "ben", docket.NoFlagOnce
	play(t, d, clears)
	all := folders(t, b)[0].Notices
	n := all[len(all)-1]
	if !n.Outcome.Cleared() || receipt == "" || n.AppealReceipt != receipt || n.Appealed != start.Add(20*minute) || n.Appeal != 0 || n.LastAppeal {
		t.Errorf("%s: appeal of %s, receipt %q, to be appealed until %s; expected receipt %q and no more appeals", n.Outcome, n.Appealed, n.AppealReceipt, n.Appeal, receipt)
	}
}
