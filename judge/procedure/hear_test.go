package procedure

import (
	"reflect"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// refusal is an act that may not be done, and why.
type refusal struct {
	name string
	d    docket.Dossier
	a    docket.Act
	kind evenkeel.Kind
	says string
}

func (r refusal) check(t *testing.T, m Means) {
	t.Run(r.name, func(t *testing.T) {
		e, err := Hear(r.d, r.a, mining(), policy.Earned{}, m)
		if err == nil {
			t.Fatalf("%+v; expected an error", e)
		}
		if evenkeel.KindOf(err) != r.kind || !reflect.DeepEqual(e, Effect{}) {
			t.Errorf("%s: %v, %+v; expected %s, and that nothing follows", evenkeel.KindOf(err), err, e, r.kind)
		}
		says(t, "the error", []string{err.Error(), evenkeel.HintOf(err)}, r.says)
	})
}

func TestAnActThatIsNotOneIsRefused(t *testing.T) {
	d := dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"))
	for _, r := range []refusal{
		{"a kind that nobody knows", d, docket.Act{At: later}, evenkeel.KindInvalid, "expected a kind"},
		{"a tenant's act by a person of the operator", d, personDoes(docket.ActAnswer, later, nil), evenkeel.KindInvalid, "ada"},
		{"a person's act by nobody", d, tenantSays(docket.ActLift, later), evenkeel.KindInvalid, "by nobody"},
		{"a person's act without a reason", d, personDoes(docket.ActLift, later, func(a *docket.Act) { a.Says = "" }), evenkeel.KindInvalid, "without a reason"},
		{"a person's act from before the case", d, personDoes(docket.ActLift, start-1, nil), evenkeel.KindInvalid, "expected a time from 2019-05-29T20:00:00Z on"},
		{"an answer where nothing was asked", docket.Dossier{Tenant: tenant, Family: "mining"}, tenantSays(docket.ActAnswer, later), evenkeel.KindNotFound, "has no case of mining"},
		{"an announcement of nothing", d, tenantSays(docket.ActAnnounce, later), evenkeel.KindInvalid, "expected a burst"},
	} {
		r.check(t, shown)
	}
}

// Clocks differ, and mail takes its time: an answer is not refused for that.
func TestATenantsWordFromBeforeTheCaseCountsFromItsOpening(t *testing.T) {
	for _, kind := range []docket.ActKind{docket.ActAnswer, docket.ActMessage} {
		a := tenantSays(kind, start.Add(-9*minute))
		e, err := Hear(dossier(evenkeel.CaseOpen), a, mining(), policy.Earned{}, shown)
		if err != nil || !e.Spoke || e.At != start || kinds(e.Start) != "our_answer" || e.Start[0].Due != start.Add(hour) {
			t.Errorf("%s: %+v, %v; expected that the tenant spoke when the case was opened", kind, e, err)
		}
	}
}

// F8, and R3: our clock begins with the tenant's first word; what waited for a time waits for
// a person. Google's appeals: a second one puts the first back in the queue. Not here.
func TestWhatFollowsWhenTheTenantSpeaks(t *testing.T) {
	held := decided("d-2", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")
	asked := func(d docket.Dossier) docket.Dossier {
		d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockTenantAnswer, Started: start, Due: start.Add(day)})
		return d
	}
	closedAs := func(o evenkeel.Outcome) docket.Dossier {
		d := dossier(evenkeel.CaseClosed)
		d.Case.Outcome = o
		return d
	}
	for _, c := range []struct {
		name         string
		d            docket.Dossier
		kind         docket.ActKind
		to           evenkeel.CaseState
		spoke        bool
		turns        string
		stops, start string
	}{
		{"an answer stops the question and starts our clock", asked(dossier(evenkeel.CaseOpen)), docket.ActAnswer, evenkeel.CaseUnderReview, true, "", "tenant_answer", "our_answer"},
		{"a message starts our clock and leaves the question", asked(dossier(evenkeel.CaseOpen)), docket.ActMessage, evenkeel.CaseUnderReview, true, "", "", "our_answer"},
		{"what is held waits for a person", dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), held), docket.ActAnswer, evenkeel.CaseUnderReview, true, "d-2 proposed", "", "our_answer"},
		{"speaking again leaves our clock alone", waiting(dossier(evenkeel.CaseUnderReview), start), docket.ActMessage, evenkeel.CaseUnderReview, true, "", "", ""},
		{"a reopened case stays so", dossier(evenkeel.CaseReopened), docket.ActAnswer, 0, true, "", "", "our_answer"},
		{"a cleared case stays closed: there is nothing to decide", closedAs(evenkeel.OutcomeFalsePositive), docket.ActMessage, 0, false, "", "", ""},
		{"what is allowed here stays closed too", closedAs(evenkeel.OutcomePolicyMismatch), docket.ActAnswer, 0, false, "", "", ""},
		{"a case closed with abuse is reopened: an appeal reaches a person", closedAs(evenkeel.OutcomeConfirmed), docket.ActMessage, evenkeel.CaseReopened, true, "", "", "our_answer"},
		{"so is one that a flag covered", closedAs(evenkeel.OutcomeCovered), docket.ActMessage, evenkeel.CaseReopened, true, "", "", "our_answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustHear(t, c.d, tenantSays(c.kind, later), mining())
			if e.Case != c.to || e.Spoke != c.spoke || e.Decided || turned(e.Turns) != c.turns || kinds(e.Stop) != c.stops || kinds(e.Start) != c.start {
				t.Errorf("%+v; expected case %s, turns %q, that %q stops and %q starts", e, c.to, c.turns, c.stops, c.start)
			}
			if e.Case == evenkeel.CaseReopened && e.Outcome != c.d.Case.Outcome {
				t.Errorf("outcome %s; expected that the reopened case still says %s", e.Outcome, c.d.Case.Outcome)
			}
			for _, k := range e.Start {
				if k.Kind.Beside() {
					continue
				}
				if k.Started != later || k.Due != later.Add(hour) || k.Case != caseID || k.Decision != "" {
					t.Errorf("%+v; expected an hour from the tenant's word, for the case", k)
				}
			}
		})
	}
	t.Run("without a policy a person answers within an hour", func(t *testing.T) {
		if e := mustHear(t, dossier(evenkeel.CaseOpen), tenantSays(docket.ActAnswer, later), nil); e.Start[0].Due != later.Add(hour) {
			t.Errorf("%+v; expected an hour", e.Start)
		}
	})
}

// R9: a burst that is announced within earned bounds becomes a flag by itself; else it is a
// question to a person.
func TestWhatFollowsFromAnAnnouncement(t *testing.T) {
	a := tenantSays(docket.ActAnnounce, later)
	a.Family, a.Burst = docket.Announcements, &evenkeel.Burst{Count: 10}
	earned := policy.Earned{
		Families: []string{"mining", "creation"}, Granted: true, Selector: evenkeel.Selector{Principal: "ci"}, Envelope: evenkeel.Envelope{Count: 10},
		From: later.Add(day), Until: later.Add(2 * day), Policy: "sha256:1", Why: "Within what a customer of two years may announce.",
	}
	empty := docket.Dossier{Tenant: tenant, Family: docket.Announcements}
	t.Run("within earned bounds it is a flag for each family", func(t *testing.T) {
		e, err := Hear(empty, a, nil, earned, Means{})
		if err != nil || len(e.Grants) != 2 || e.Case != 0 || e.Spoke || len(e.Start) != 0 {
			t.Fatalf("%+v, %v; expected two flags and no case", e, err)
		}
		for i, f := range e.Grants {
			want := evenkeel.Flag{
				Tenant: tenant, Family: earned.Families[i], Selector: earned.Selector, Envelope: earned.Envelope, From: earned.From, Until: earned.Until,
				By: evenkeel.Actor{Policy: "sha256:1"}, Why: earned.Why,
			}
			want.ID = evenkeel.NewFlagID(&want)
			if !reflect.DeepEqual(f, want) {
				t.Errorf("%+v; expected %+v", f, want)
			}
		}
	})
	t.Run("a flag that is none is an error", func(t *testing.T) {
		bad := earned
		bad.Until = bad.From
		if _, err := Hear(empty, a, nil, bad, Means{}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%v; expected that the flag's own check says no", err)
		}
	})
	asks := policy.Earned{Families: earned.Families, Why: "The account is two days old."}
	closed := dossier(evenkeel.CaseClosed)
	for _, c := range []struct {
		name   string
		d      docket.Dossier
		earned policy.Earned
		start  string
		turns  string
	}{
		{"beyond them a person is asked, and our clock runs", empty, asks, "our_answer", ""},
		{"after a question that was closed too", closed, asks, "our_answer", ""},
		{"a second announcement leaves our clock alone", waiting(dossier(evenkeel.CaseUnderReview), start), asks, "", ""},
		{"what is earned for no family is a question", empty, policy.Earned{Granted: true, Why: "No family."}, "our_answer", ""},
		{"it is heard like any other word where something is held", dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")), asks, "our_answer", "d-1 proposed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := Hear(c.d, a, nil, c.earned, Means{})
			if err != nil || e.Case != evenkeel.CaseUnderReview || !e.Spoke || len(e.Grants) != 0 || kinds(e.Start) != c.start || turned(e.Turns) != c.turns {
				t.Errorf("%+v, %v; expected a case under review where the tenant waits, and that %q starts", e, err, c.start)
			}
			says(t, "the effect", e.Says, c.earned.Why)
		})
	}
}

// Revoking a flag and granting one are a person's.
func TestWhatFollowsWhenAPersonGrantsAFlag(t *testing.T) {
	a := personDoes(docket.ActFlag, later, func(a *docket.Act) { a.Grant = grant() })
	want := evenkeel.Flag{
		Tenant: tenant, Family: "mining", Selector: grant().Selector, Envelope: grant().Envelope, From: later, Until: grant().Until,
		By: evenkeel.Actor{Person: "ada"}, Why: a.Says,
	}
	for _, c := range []struct {
		name    string
		d       docket.Dossier
		of      evenkeel.CaseID
		decided bool
		turns   string
	}{
		{"without a case it belongs to none", docket.Dossier{Tenant: tenant, Family: "mining"}, "", false, ""},
		{"a closed case is past", dossier(evenkeel.CaseClosed), "", false, ""},
		{"an open case has it, and what is held waits for a person", dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")), caseID, false, "d-1 proposed"},
		{"a tenant who waits has no answer by what does not name what it waits about", waiting(dossier(evenkeel.CaseUnderReview), start), caseID, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := mustHear(t, c.d, a, mining())
			want := want
			want.Case = c.of
			want.ID = evenkeel.NewFlagID(&want)
			if len(e.Grants) != 1 || !reflect.DeepEqual(e.Grants[0], want) {
				t.Errorf("%+v; expected %+v", e.Grants, want)
			}
			if e.Decided != c.decided || (kinds(e.Stop) == "our_answer") != c.decided || e.Case != 0 || turned(e.Turns) != c.turns {
				t.Errorf("%+v; expected that our clock stops: %v, and turns %q", e, c.decided, c.turns)
			}
		})
	}
	t.Run("an announcement is answered for all its families, and closed", func(t *testing.T) {
		d := waiting(dossier(evenkeel.CaseUnderReview), start)
		d.Family = docket.Announcements
		d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockQuiet, Due: start.Add(day)})
		e, err := Hear(d, a, nil, policy.Earned{Families: []string{"mining", "creation"}}, Means{})
		if err != nil || len(e.Grants) != 2 || e.Grants[1].Family != "creation" || e.Grants[0].Case != caseID ||
			e.Case != evenkeel.CaseClosed || e.Outcome != evenkeel.OutcomeCovered || !e.Decided || kinds(e.Stop) != "our_answer quiet" {
			t.Errorf("%+v, %v; expected two flags, and that the case is closed as covered", e, err)
		}
	})
	unnamed := dossier(evenkeel.CaseUnderReview)
	unnamed.Family = docket.Announcements
	d := dossier(evenkeel.CaseOpen)
	for _, r := range []refusal{
		{"a flag that covers nothing", d, personDoes(docket.ActFlag, later, nil), evenkeel.KindInvalid, "expected a selector and an end"},
		{"a flag that is over", d, personDoes(docket.ActFlag, later, func(a *docket.Act) { a.Grant = grant(); a.Grant.From, a.Grant.Until = start, later }), evenkeel.KindInvalid, "expected an end after now"},
		{"a flag without an end in sight", d, personDoes(docket.ActFlag, later, func(a *docket.Act) { a.Grant = grant(); a.Grant.Until = start.Add(400 * day) }), evenkeel.KindInvalid, "366 days"},
		{"an announcement that is for no family", unnamed, a, evenkeel.KindConflict, "nothing to grant"},
	} {
		r.check(t, shown)
	}
}

func TestWhatFollowsWhenAPersonRevokesAFlag(t *testing.T) {
	flag := func(id string, until evenkeel.Moment) evenkeel.Flag {
		return evenkeel.Flag{ID: evenkeel.FlagID(id), Tenant: tenant, Family: "mining", From: start, Until: until}
	}
	d := docket.Dossier{Tenant: tenant, Family: "mining", Flags: []evenkeel.Flag{flag("flag-1", later), flag("flag-2", later.Add(day))}}
	named := func(id string) docket.Act {
		return personDoes(docket.ActRevoke, later, func(a *docket.Act) { a.Flag = evenkeel.FlagID(id) })
	}
	for _, id := range []string{"", "flag-2"} {
		e := mustHear(t, d, named(id), mining())
		if e.Revoke == nil || e.Revoke.ID != "flag-2" || e.Revoke.Revoked != later || d.Flags[1].Revoked != 0 {
			t.Errorf("flag %q: %+v; expected that the only one that stands is revoked now", id, e.Revoke)
		}
	}
	two := d
	two.Flags = append(slices.Clone(d.Flags), flag("flag-3", later.Add(day)))
	for _, r := range []refusal{
		{"one that is over", d, named("flag-1"), evenkeel.KindNotFound, "flag-1 does not stand"},
		{"one of none", docket.Dossier{Tenant: tenant, Family: "mining"}, named(""), evenkeel.KindNotFound, "no flag stands"},
		{"one of two", two, named(""), evenkeel.KindConflict, "flag-2 (until 2019-05-30T22:00:00Z), flag-3"},
	} {
		r.check(t, shown)
	}
}
