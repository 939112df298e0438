package judge_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// auditing is a docket that draws lots as the section says, among a crew.
func auditing(t tester, b docket.Books, c judge.Bench, sections string) *judge.Docket {
	t.Helper()
	p, err := policy.Parse("policy.yaml", append(defaultText(t), ("\n"+sections)...))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	d, err := judge.New(judge.Parts{Books: b, Policy: p, Means: paper, Bench: c, Nonce: func() string {
		n++
		return fmt.Sprint("nonce ", n)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func auditsIn(t tester, b books) []docket.Audit {
	t.Helper()
	all, err := b.AllAudits(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// says is what a person says about an audit.
func saysOf(a *docket.Audit, by evenkeel.PersonID, o evenkeel.Outcome, at evenkeel.Moment) docket.Act {
	return docket.Act{ID: fmt.Sprint("test audit ", a.ID, by, at), Kind: docket.ActAudit, At: at, By: by, Says: "It looks like a build farm.", Audit: a.ID, Outcome: o}
}

// F16: whoever is looked at is drawn by lot among the cases in which a machine acted and nobody
// complained, and everybody can draw again.
func TestALotIsDrawnOverWhatNobodyComplainedAbout(t *testing.T) {
	answer, appeal := act(docket.ActAnswer, "trial", 10*minute), act(docket.ActAppeal, "trial", 10*minute)
	upheld := act(docket.ActUphold, "trial", 20*minute)
	confirmed := act(docket.ActClose, "trial", 30*minute)
	confirmed.Outcome, confirmed.Says = evenkeel.OutcomeConfirmed, upheldFor("trial", 30*minute) // which decides on an appeal too
	for _, c := range []struct {
		name, sections string
		crew           judge.Bench
		things         []any
		state          docket.AuditState // 0: no lot
	}{
		{"a case that silence closed", "audit: {share: 100}\n", since(30, "ada", "ben"), []any{32 * day}, docket.AuditOpen},
		{"one that a person closed as confirmed", "audit: {share: 100}\n", since(30, "ada", "ben"), []any{confirmed}, docket.AuditOpen},
		{"one on which the lot does not fall", "audit: {share: 2}\n", since(30, "ada", "ben"), []any{32 * day}, docket.AuditPassed},
		{"one in which the tenant answered, and did not appeal", "audit: {share: 100}\n", since(30, "ada", "ben"), []any{answer, confirmed}, docket.AuditOpen},
		{"not one in which the tenant appealed, and a person decided on that", "audit: {share: 100}\n", since(30, "ada", "ben"), []any{appeal, upheld, confirmed}, 0},
		{"nor one whose appeal the closing decides", "audit: {share: 100}\n", since(30, "ada", "ben"), []any{appeal, confirmed}, 0},
		{"not one that was cleared", "audit: {share: 100}\n", since(30, "ada", "ben"), []any{cleared(30 * minute)}, 0},
		{"not where the policy wants none", "audit: {share: 0}\n", since(30, "ada", "ben"), []any{32 * day}, 0},
		{"not in a replay, where nobody works", "audit: {share: 100}\n", nil, []any{32 * day}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := auditing(t, b, c.crew, c.sections)
			play(t, d, append(caught(), c.things...)...)
			all := auditsIn(t, b)
			if c.state == 0 {
				if len(all) != 0 {
					t.Fatalf("%+v; expected no lot", all)
				}
				return
			}
			f := folders(t, b)[0]
			if len(all) != 1 || all[0].State != c.state || all[0].Case != f.Case.ID || all[0].Closed != f.Case.Outcome || all[0].Nonce == "" {
				t.Fatalf("%+v; expected that it is %s", all, c.state)
			}
			a := all[0]
			if learning.Audited(a.Case, a.Nonce, a.Share) != (a.State == docket.AuditOpen) {
				t.Error("who draws again comes to another lot")
			}
			if a.State == docket.AuditPassed {
				return
			}
			if a.Closed == evenkeel.OutcomeConfirmed && slices.Contains(a.Candidates, "ada") {
				t.Error("ada closed the case and is a candidate")
			}
			if a.Drawn == "" || a.Drawn != procedure.Draw(a.Case, docket.ReviewID(a.ID), 1, a.Nonce, a.Candidates) {
				t.Errorf("the lot falls on %q; who draws again comes to another", a.Drawn)
			}
			if said, _ := json.Marshal(f.Entries); strings.Contains(string(said), string(a.ID)) {
				t.Error("the case tells that the lot fell on it: whoever reads it knows what is coming")
			}
		})
	}
}

func TestWhoSaysWhatTheyFoundByLot(t *testing.T) {
	b := newBooks()
	d := auditing(t, b, since(30, "ben", "kim"), "audit: {share: 100, controls: 0}\n")
	confirmed := act(docket.ActClose, "trial", 30*minute)
	confirmed.Outcome = evenkeel.OutcomeConfirmed // by ada, who is not on the bench any more
	play(t, d, append(caught(), confirmed)...)
	a := auditsIn(t, b)[0]
	other := map[evenkeel.PersonID]evenkeel.PersonID{"ben": "kim", "kim": "ben"}[a.Drawn]
	soon, late := a.Opened, a.Opened.Add(docket.AuditFor)
	for _, c := range []struct {
		name string
		act  docket.Act
		kind evenkeel.Kind
	}{
		{"not before anybody is asked", saysOf(&a, a.Drawn, evenkeel.OutcomeConfirmed, a.Opened-1), evenkeel.KindNotFound},
		{"not another than the lot fell on", saysOf(&a, other, evenkeel.OutcomeConfirmed, soon), evenkeel.KindDenied},
		{"not whoever closed the case, however late", saysOf(&a, "ada", evenkeel.OutcomeConfirmed, late), evenkeel.KindDenied},
		{"not of one that nobody knows", saysOf(&docket.Audit{ID: "au-none"}, a.Drawn, evenkeel.OutcomeConfirmed, soon), evenkeel.KindNotFound},
		{"nothing that nobody can find", saysOf(&a, a.Drawn, evenkeel.OutcomeCovered, soon), evenkeel.KindInvalid},
		{"not without a reason", func() docket.Act { x := saysOf(&a, a.Drawn, evenkeel.OutcomeConfirmed, soon); x.Says = ""; return x }(), evenkeel.KindInvalid},
	} {
		if _, err := one(d, c.act); err == nil || evenkeel.KindOf(err) != c.kind {
			t.Errorf("%s: %v; expected %s", c.name, err, c.kind)
		}
	}
	if _, err := one(d, saysOf(&a, other, evenkeel.OutcomeConfirmed, late)); err != nil {
		t.Errorf("another, once a week has gone by: %v", err)
	}
	if _, err := one(d, saysOf(&a, a.Drawn, evenkeel.OutcomeConfirmed, late+1)); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("a second time: %v", err)
	}
	learned, err := b.Learned(ctx)
	if err != nil || len(learned) != 1 || learned[0].Confirmed != 1 || learned[0].Audited != 1 || learned[0].AuditedWrong != 0 {
		t.Errorf("learned %+v (%v); expected one that is confirmed by lot", learned, err)
	}
}

// F16: before anybody can be drawn the lot falls all the same, on nobody; whoever decides here says what they found (the database holds who that is).
// Once people have enrolled, a name that is none of them says nothing, and is told why.
func TestALotThatFallsOnNobodyIsForWhoeverDecides(t *testing.T) {
	b := newBooks()
	d := auditing(t, b, crew{}, "audit: {share: 100, controls: 0}\n")
	play(t, d, append(caught(), 32*day)...)
	a := auditsIn(t, b)[0]
	if a.State != docket.AuditOpen || a.Drawn != "" || len(a.Candidates) != 0 {
		t.Fatalf("%+v; expected that it is open, for nobody by name", a)
	}
	enrolled := auditing(t, b, since(30, "ben"), "audit: {share: 100, controls: 0}\n")
	_, err := one(enrolled, saysOf(&a, "nob", evenkeel.OutcomeConfirmed, a.Opened))
	if evenkeel.KindOf(err) != evenkeel.KindDenied || !strings.Contains(err.Error(), "nob is no person who works here") || evenkeel.HintOf(err) == "" {
		t.Errorf("a name says what it found: %v; expected that it is denied, and why", err)
	}
	for who, d := range map[evenkeel.PersonID]*judge.Docket{"operator": d, "ben": enrolled} {
		if _, err := one(d, saysOf(&a, who, evenkeel.OutcomeConfirmed, a.Opened.Add(day))); err != nil && evenkeel.KindOf(err) != evenkeel.KindConflict {
			t.Errorf("%s: %v", who, err)
		}
	}
	if done := auditsIn(t, b)[0]; done.State != docket.AuditDone || done.By != "operator" && done.By != "ben" {
		t.Errorf("%+v; expected that it is done", done)
	}
}

// F16: what silence closed, and was not so, is found by lot, opened again and made good.
func TestWhatTheLotFindsToBeInnocentIsClearedByAPerson(t *testing.T) {
	b := newBooks()
	d := auditing(t, b, since(30, "ben"), "audit: {share: 100}\n"+priced("propose"))
	play(t, d, append(caught(), 32*day)...)
	a := auditsIn(t, b)[0]
	heard := play(t, d, saysOf(&a, "ben", evenkeel.OutcomeFalsePositive, start.Add(33*day)))
	f := folders(t, b)[0]
	last := heard.Changes[len(heard.Changes)-1]
	if f.Case.State != evenkeel.CaseReopened || len(last.Pages) != 1 || last.Pages[0].Level != docket.LevelLead {
		t.Fatalf("the case is %s, called were %+v; expected that it is open again and the lead is called", f.Case.State, last.Pages)
	}
	if done := auditsIn(t, b)[0]; !strings.Contains(done.Feedback(), "inconclusive") || !strings.Contains(done.Feedback(), "lead is called") {
		t.Errorf("ben is told: %s", done.Feedback())
	}
	learned := func(what string) {
		t.Helper()
		l, err := b.Learned(ctx)
		if err != nil || len(l) != 1 || l[0].False != 1 || l[0].Audited != 1 || l[0].AuditedWrong != 1 || l[0].Inconclusive != 0 {
			t.Errorf("%s learned %+v (%v); expected one that was wrong, by lot", what, l, err)
		}
	}
	learned("at once")
	clearing := cleared(34 * day)
	clearing.By, clearing.ID = "lea", "test lea clears"
	play(t, d, clearing)
	learned("and once it is cleared")
	if all := owed(t, b); len(all) != 1 {
		t.Errorf("owed %+v; expected what the measure cost", all)
	}
	if len(auditsIn(t, b)) != 1 {
		t.Error("another lot was drawn over what was cleared")
	}
}

// F16: what the lot opened again is not closed by silence: a person has to look, and the lead is called until one has.
func TestWhatTheLotOpenedAgainIsNotClosedBySilence(t *testing.T) {
	b := newBooks()
	d := auditing(t, b, since(30, "ben"), "audit: {share: 100}\n")
	play(t, d, append(caught(), 32*day)...)
	a := auditsIn(t, b)[0]
	at := start.Add(33 * day)
	play(t, d, saysOf(&a, "ben", evenkeel.OutcomeFalsePositive, at))
	f := folders(t, b)[0]
	if says := f.Entries[len(f.Entries)-2].Says; f.Cleared || !strings.Contains(says, "found by lot") && !strings.Contains(f.Entries[len(f.Entries)-1].Says, "found by lot") {
		t.Errorf("the case is told as one that was cleared: %t; %q", f.Cleared, says)
	}
	heard := play(t, d, 70*day)
	calls := 0
	for _, c := range heard.Changes {
		for _, p := range c.Pages {
			if calls++; p.Level != docket.LevelLead || !strings.Contains(p.Why, "open again by lot since "+at.String()) {
				t.Errorf("called: %+v", p)
			}
		}
	}
	if f := folders(t, b)[0]; f.Case.State != evenkeel.CaseReopened || calls != 5 {
		t.Errorf("after 37 days the case is %s, and the lead was called %d times; expected that it is open, and once a week", f.Case.State, calls)
	}
	end := act(docket.ActClose, "trial", 71*day)
	end.By, end.Outcome = "lea", evenkeel.OutcomeConfirmed
	play(t, d, end, 120*day)
	l, err := b.Learned(ctx)
	if f := folders(t, b)[0]; f.Case.State != evenkeel.CaseClosed || f.Case.Outcome != evenkeel.OutcomeConfirmed || err != nil || len(l) != 1 || l[0].Audited != 1 {
		t.Errorf("the case is %s as %s, learned %+v (%v)", f.Case.State, f.Case.Outcome, l, err)
	}
}

// manyTenants have a machine each, about which a rule finds something.
func manyTenants(n int) facts {
	f := facts{}
	for i := range n {
		t := evenkeel.TenantID(fmt.Sprintf("u%03d", i))
		f[t] = trial(t)
	}
	return f
}

// F17: whoever finds everybody guilty is found within five known cases, on the whole way; whoever looks is not.
func TestWhoFindsEverybodyGuiltyIsFound(t *testing.T) {
	guilty := func(*docket.Audit) evenkeel.Outcome { return evenkeel.OutcomeConfirmed }
	looks := func(a *docket.Audit) evenkeel.Outcome {
		if a.Control {
			return evenkeel.OutcomeFalsePositive
		}
		return evenkeel.OutcomeConfirmed
	}
	for _, c := range []struct {
		name  string
		finds func(*docket.Audit) evenkeel.Outcome
		calls int // at the fifth known case
	}{{"who always says guilty", guilty, 1}, {"who looks", looks, 0}} {
		t.Run(c.name, func(t *testing.T) {
			const known, asked = 9, 9
			b, world := newBooks(), manyTenants(known+asked)
			d := auditing(t, b, since(30, "ben"), "audit: {share: 100, controls: 50}\n")
			calls, controls := 0, 0
			for i := range known + asked {
				tenant := evenkeel.TenantID(fmt.Sprintf("u%03d", i))
				at := time.Duration(i) * day
				considered(t, d, world, finding(evenkeel.AssetID(tenant+"-1"), tenant, at, evenkeel.Provisional, usage), finding(evenkeel.AssetID(tenant+"-1"), tenant, at+2*minute, evenkeel.Final, usage, wire))
				end := act(docket.ActClose, tenant, at+30*minute)
				end.Outcome, end.By = evenkeel.OutcomeConfirmed, "ada"
				if i < known {
					end.Kind, end.Outcome, end.NoFlag = docket.ActClear, evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
				}
				do(t, d, world, end)
			}
			all := auditsIn(t, b)
			slices.Reverse(all)
			for i := range all {
				a := &all[i]
				if a.Drawn != "ben" {
					t.Fatalf("%+v; expected that ben is asked", a)
				}
				heard := do(t, d, world, saysOf(a, "ben", c.finds(a), start.Add(100*day).Add(time.Duration(i)*time.Hour)))
				if a.Control {
					controls++
				}
				for _, x := range heard.Changes {
					for _, p := range x.Pages {
						if calls++; controls != learning.LeastControls || p.Level != docket.LevelLead || !strings.Contains(p.Why, "ben found the tenant guilty in 5 of 5") {
							t.Errorf("at known case %d: %+v", controls, p)
						}
					}
				}
			}
			if calls != c.calls || controls != asked {
				t.Errorf("the lead was called %d times, over %d known cases; expected %d, and one with each of %d", calls, controls, c.calls, asked)
			}
		})
	}
}

// F17: what is shown tells neither whose case it is nor what became of it, of a known case as of any other.
func TestWhatIsShownByLotTellsNobodyWhoItWas(t *testing.T) {
	b := newBooks()
	d := auditing(t, b, since(30, "ben"), "audit: {share: 100}\n")
	lift := act(docket.ActLift, "trial", 10*minute)
	lift.Says = "It was a build farm after all."
	play(t, d, append(caught(), lift, cleared(30*minute))...)
	f := folders(t, b)[0]
	f.Entries = append(f.Entries, evenkeel.Entry{At: start.Add(minute), Kind: evenkeel.EntrySaid, Words: "We at trial build on trial-1 all day."})
	f.Findings[0].Terms[0].Says = "It runs since " + f.Findings[0].At.Add(-65*time.Minute).String() + ", as on " + f.Case.Opened.Add(-50*day).Time().Format(time.DateOnly) + "."
	s := docket.Veil(&f, &docket.Audit{ID: "au-1", Case: f.Case.ID, Family: f.Case.Family})
	if s.Measure != evenkeel.MeasureThrottle || len(s.Findings) == 0 || len(s.Findings[0].Terms) == 0 || s.Clause == "" {
		t.Fatalf("shown is %+v; expected what led to the measure", s)
	}
	if says := s.Findings[0].Terms[0].Says; says != "It runs since T-1h5m, as on T-50d." {
		t.Errorf("when it was is told as %q", says)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{string(f.Case.ID), `trial`, "false_positive", "lifted", lift.Says, "ada", "build on", start.Time().Format("2006-")} {
		if strings.Contains(string(text), secret) {
			t.Errorf("it tells %q: %s", secret, text)
		}
	}
}
