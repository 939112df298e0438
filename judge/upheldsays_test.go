package judge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestAnAppealIsNotRefusedByATemplate (F14, R5): four appeals of 2019 were refused by a machine's words, and the last
// one by a person's template. Whoever leaves what was appealed as it was says why in this case, to what this tenant
// said, and not in the words that another one got; by uphold, and by closing or approving what would do the same.
func TestAnAppealIsNotRefusedByATemplate(t *testing.T) {
	const (
		template = "Your appeal was reviewed and denied."
		own      = "You read “public statistics of a pool”, yet term-0 was seen for an hour at a port that no statistics use."
		others   = "Your “interface that shows prices” was looked at: entry #1 and term-0 are of another machine than its own."
	)
	asked := docket.PointsAsked(criteriaOf(t, "mining"))
	answers := func(reason, note string) string {
		r := docket.Reasons{Reason: reason}
		for _, c := range asked {
			r.Points = append(r.Points, docket.Point{Criterion: c, Speaks: docket.SpeaksAgainst, Note: note})
		}
		return r.Text()
	}
	inBoth(t, "two tenants appeal", func(t *testing.T, b books) {
		d := newDocket(t, b)
		said := map[evenkeel.TenantID]string{"trial": "We read public statistics of a pool; nothing of ours mines.", "credit": "It is an interface that shows prices of pools."}
		for _, tenant := range []evenkeel.TenantID{"trial", "credit"} {
			asset := evenkeel.AssetID(tenant) + "-1"
			play(t, d, finding(asset, tenant, 0, evenkeel.Provisional, usage, wire), finding(asset, tenant, 2*minute, evenkeel.Final, usage, wire), 30*minute)
			a := act(docket.ActAppeal, tenant, 40*minute)
			a.Says = said[tenant]
			play(t, d, a)
		}
		entries := func() (n int) {
			for _, f := range folders(t, b) {
				n += len(f.Entries)
			}
			return n
		}
		n := 0
		does := func(kind docket.ActKind, tenant evenkeel.TenantID, says string) error {
			n++
			a := act(kind, tenant, 50*minute+time.Duration(n)*time.Second)
			a.By, a.Says = "ben", says
			if kind == docket.ActClose {
				if a.Outcome = evenkeel.OutcomeConfirmed; n%2 == 0 {
					a.Outcome = evenkeel.OutcomeVictim
				}
			}
			_, err := d.Do(t.Context(), a, world)
			return err
		}
		refused := func(kind docket.ActKind, tenant evenkeel.TenantID, says string, lacks ...string) {
			t.Helper()
			before := entries()
			err := does(kind, tenant, says)
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || entries() != before {
				t.Errorf("%s %q: %v, %d entries of %d; expected that it is refused, and nothing is kept", kind, says, err, entries(), before)
				return
			}
			for _, l := range lacks {
				if !strings.Contains(err.Error(), l) {
					t.Errorf("%s %q: %v; expected %q", kind, says, err, l)
				}
			}
			if more := strings.Count(err.Error(), "; ") - strings.Count(err.Error(), "; it has "); more != len(lacks)-1 {
				t.Errorf("%s %q: %v; expected no more than %q", kind, says, err, lacks)
			}
		}
		for _, kind := range []docket.ActKind{docket.ActUphold, docket.ActClose} {
			refused(kind, "trial", answers(template, "n/a"), "a reason in at least 8 words; it has 6", "point 1 in at least 3 words; it has 2", "point 2", "point 3", "point 4", "point 5",
				"a fact of the case by reference: a term (term-0, term-1), the id of a finding, or an entry (#1 to #", "quote three words of it, or name its entry, #")
			refused(kind, "trial", answers(own, "n/a"), "point 1", "point 2", "point 3", "point 4", "point 5")
			refused(kind, "trial", answers("You read “public statistics of a pool”, yet there is more that was seen of it.", "It is not known."), "a fact of the case by reference")
			refused(kind, "trial", answers("Whatever you wrote, term-0 was seen for an hour at a port of yours.", "It is not known."), "an answer to what the tenant said")
			refused(kind, "trial", answers("Whatever you wrote, it is as entry #99999 says of a port of yours.", "It is not known."), "a fact of the case by reference", "an answer to what the tenant said")
		}
		must(t, does(docket.ActUphold, "trial", answers(own, "It is not known.")))
		for _, kind := range []docket.ActKind{docket.ActUphold, docket.ActClose} {
			refused(kind, "credit", answers(own+" You wrote: “an interface that shows prices of pools”.", "It is not known."), "words of its own")
		}
		// Nor by a template into which the tenant's own words were put, or signs that nobody sees.
		refused(docket.ActUphold, "credit", answers("You read “It is an interface that shows prices of pools.”, yet term-0 was seen for an hour at a port that no statistics use.", "It is not known."), "words of its own")
		refused(docket.ActUphold, "credit", answers(strings.ReplaceAll(own, "s", "s\u200b")+" You wrote: “an interface that shows”.", "It is not known."), "words of its own")
		refused(docket.ActUphold, "credit", answers("You wrote: “It is an interface that shows prices of pools.” No: term-0.", "It is not known."), "a reason in at least 8 words besides those of the tenant; it has 5")
		must(t, does(docket.ActUphold, "credit", answers(others, "It is not known.")))
		for _, f := range folders(t, b) {
			if slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool { return k.Kind == docket.ClockAppealAnswer && k.Ended == 0 }) {
				t.Errorf("the appeal of %s waits still", f.Case.Tenant)
			}
			if n := f.Notices[len(f.Notices)-1]; n.Appealed != start.Add(40*minute) || !n.Upheld {
				t.Errorf("%s is told %+v; expected that its appeal was decided on, and in vain", f.Case.Tenant, n)
			}
		}
	})
}

// TestEachAppealThatWaitsIsTakenUp (F14): the answer to one ends the wait of all, so it says something to each; what was only
// passed on, as that somebody came to the contacts, is none of them. Two persons are held to it as one is.
func TestEachAppealThatWaitsIsTakenUp(t *testing.T) {
	s := review(t, since(30, "ada", "bea", "cem"))
	appeal := func(says string) int64 {
		must(t, s.does(docket.ActAppeal, "", func(a *docket.Act) { a.Says, a.Decision = says, s.inForce().ID }))
		all := s.folder().Entries
		return all[slices.IndexFunc(all, func(e evenkeel.Entry) bool { return e.Words == says })].Seq
	}
	first := appeal("We read public statistics of a pool; nothing of ours mines.")
	must(t, s.does(docket.ActUphold, "bea", func(a *docket.Act) {
		a.Decision, a.Says = s.inForce().ID, fmt.Sprintf("Whatever you wrote at #%d, term-0 was seen for an hour at a port of yours.", first)
	}))
	second := appeal("The prices of pools are shown by us, and that is all.")
	upholds := func(says string) error {
		return s.does(docket.ActUphold, "cem", func(a *docket.Act) { a.Decision, a.Says = s.inForce().ID, says })
	}
	lacks := fmt.Sprintf("an answer to what the tenant said: quote three words of it, or name its entry, #%d", second)
	const answer = "You read “public statistics of a pool”, yet the wire of term-0 was seen through all of that night."
	if err := upholds(answer); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), lacks) {
		t.Errorf("an answer to an appeal that was answered before: %v; expected that it %s", err, lacks)
	}
	suspends := func(spoil func(*docket.Verdict)) error {
		return s.does(docket.ActPropose, "ada", func(a *docket.Act) {
			a.Measure, a.Assets, a.Verdict = evenkeel.MeasureSuspend, []evenkeel.AssetID{"trial-1"}, s.whole(evenkeel.MeasureSuspend, "ada")
			a.Verdict.Argument = fmt.Sprintf("As to #%d: prices do not explain a wire that term-0 found.", second)
			spoil(a.Verdict)
		})
	}
	for _, c := range []struct {
		lacks string
		spoil func(*docket.Verdict)
	}{
		{"the argument in at least 8 words", func(v *docket.Verdict) { v.Argument = "No." }},
		{lacks, func(v *docket.Verdict) {
			v.Argument = "Whatever you wrote, it does not explain the wire that was found."
		}},
		{"answer 1 in at least 3 words", func(v *docket.Verdict) { v.Answers[0] = "n" }},
		{"innocent explanation in at least 8 words", func(v *docket.Verdict) { v.Innocent = "None." }},
		{"words of its own", func(v *docket.Verdict) {
			v.Argument = fmt.Sprintf("Whatever you wrote at #%d, term-0 was seen for an hour at a port of yours.", second)
		}},
	} {
		if err := suspends(c.spoil); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.lacks) {
			t.Errorf("a verdict while an appeal waits: %v; expected that it lacks %s", err, c.lacks)
		}
	}
	must(t, suspends(func(*docket.Verdict) {}))
}

// TestAnAnswerToAnAppealSaysThatItIsOne (F15): whoever appealed reads that a person decided on that, whatever became of it; and
// nobody else does.
func TestAnAnswerToAnAppealSaysThatItIsOne(t *testing.T) {
	inBoth(t, "one appeals, and it is lifted", func(t *testing.T, b books) {
		d := newDocket(t, b)
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), 30*minute)
		told := func() evenkeel.Notice {
			all := folders(t, b)[0].Notices
			return all[len(all)-1]
		}
		if n := told(); n.Appealed != 0 || n.Upheld {
			t.Errorf("%+v; expected that nobody appealed", n)
		}
		a := act(docket.ActAppeal, "trial", 40*minute)
		a.Says = "It is our batch job."
		play(t, d, a)
		if n := told(); n.Receipt == "" || n.Appealed != 0 {
			t.Errorf("%+v; expected the receipt, and that nobody has decided", n)
		}
		lift := act(docket.ActLift, "trial", 50*minute)
		lift.By, lift.Says = "ben", "It is the batch job of your contract."
		if _, err := d.Do(t.Context(), lift, world); err != nil {
			t.Fatal(err)
		}
		if n := told(); n.State != evenkeel.Lifted || n.Appealed != start.Add(40*minute) || n.Upheld {
			t.Errorf("%+v; expected that its appeal was decided on, and not in vain", n)
		}
	})
}
