package procedure

import (
	"reflect"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// later is when the finding of a table's row is made.
var later = start.Add(2 * hour)

func TestWhatGateMakesOfAFirstFinding(t *testing.T) {
	for _, c := range []struct {
		name    string
		p       policy.Proposal
		means   Means
		assets  string
		verdict Verdict
		measure evenkeel.Measure
		to      evenkeel.CaseState
		says    string
	}{
		{"a family that the policy does not know is noted", policy.Proposal{}, shown, "vm-1", Note, 0, 0, "nothing about mining"},
		{"a policy that asks for nothing is noted", proposal(mining(), 0), shown, "vm-1", Note, 0, 0, "asks for nothing"},
		{"a policy of which nothing is left is noted with what it wanted", wanting(mining(), evenkeel.MeasureThrottle, 0), shown, "vm-1", Note, 0, 0, "Wanted is throttle"},
		{"a notice is entered and leaves the case open", proposal(mining(), evenkeel.MeasureNotify), Means{}, "vm-1", Enter, evenkeel.MeasureNotify, evenkeel.CaseOpen, ""},
		{"F3: a first finding notifies, whatever is wanted", proposal(mining(), evenkeel.MeasureIsolate), shown, "vm-1", Enter, evenkeel.MeasureNotify, evenkeel.CaseOpen, "Wanted is isolate; one step at a time"},
		{"packets at others begin with a limit, and a person has to look", proposal(flood(), evenkeel.MeasureDropFlow), shown, "vm-1", Enter, evenkeel.MeasureLimit, evenkeel.CaseUnderReview, "Wanted is drop-flow"},
		{"F4: a finding that names no assets notifies and does no more", proposal(mining(), evenkeel.MeasureThrottle), shown, "", Enter, evenkeel.MeasureNotify, evenkeel.CaseOpen, "names no assets"},
		{"F4: where notify is no rung and no asset is named a person is asked", proposal(flood(), evenkeel.MeasureLimit), shown, "", Person, 0, evenkeel.CaseUnderReview, "No measure is left"},
		{"a measure off the ladder is a person's", proposal(mining(), evenkeel.MeasureDropFlow), shown, "vm-1", Person, 0, evenkeel.CaseUnderReview, "no rung"},
		{"a measure without a lease is not entered, since none is without an end", proposal(unleased(evenkeel.MeasureNotify), evenkeel.MeasureNotify), shown, "vm-1", Person, 0, evenkeel.CaseUnderReview, "no lease"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(docket.Dossier{Tenant: tenant, Family: "mining"}, c.p, found(later, c.assets), c.means)
			if r.Verdict != c.verdict || r.Measure != c.measure || r.Case != c.to {
				t.Errorf("verdict %d, %s, case %s; expected %d, %s, %s", r.Verdict, r.Measure, r.Case, c.verdict, c.measure, c.to)
			}
			says(t, "the ruling", r.Why, c.says)
		})
	}
}

func wanting(fam *policy.Family, wanted, allowed evenkeel.Measure) policy.Proposal {
	p := proposal(fam, wanted)
	p.Allowed = allowed
	return p
}

func unleased(m evenkeel.Measure) *policy.Family {
	fam := mining()
	delete(fam.Terms, m)
	return fam
}

func TestAnEnteredMeasureHasAnEndAndAsksTheTenant(t *testing.T) {
	r := Gate(dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1 vm-2")),
		proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-2 vm-1 vm-2"), Means{})
	if r.Verdict != Enter || r.Measure != evenkeel.MeasureThrottle || r.From != later || r.Until != later.Add(4*hour) || r.Case != evenkeel.CaseUnderReview {
		t.Errorf("%+v; expected throttle for its lease of four hours, under review", r)
	}
	if !slices.Equal(r.Assets, assets("vm-1 vm-2")) || !slices.Equal(r.Supersedes, []evenkeel.DecisionID{"d-1"}) {
		t.Errorf("assets %v, in the place of %v; expected both machines, once each, in the place of the notice", r.Assets, r.Supersedes)
	}
	if len(r.Start) != 1 || r.Start[0].Kind != docket.ClockTenantAnswer || r.Start[0].Decision != "" || r.Start[0].Due != later.Add(day) {
		t.Errorf("clocks %+v; expected the tenant's, for the case, within a day", r.Start)
	}
	d := dossier(evenkeel.CaseOpen, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"))
	d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Kind: docket.ClockTenantAnswer, Started: start, Due: start.Add(day)})
	if r := Gate(d, proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-1"), Means{}); len(r.Start) != 0 {
		t.Errorf("clocks %+v; expected none, since the tenant's runs", r.Start)
	}
}

// F3: the first response was to power everything off. Never skip a rung.
func TestAMachineGoesOneRungAtATime(t *testing.T) {
	notify, throttle := evenkeel.MeasureNotify, evenkeel.MeasureThrottle
	over := func(x evenkeel.Decision, at, from evenkeel.Moment) evenkeel.Decision {
		return with(x, func(x *evenkeel.Decision) { x.State, x.At, x.From = evenkeel.Superseded, at, from })
	}
	for _, c := range []struct {
		name  string
		stood []evenkeel.Decision
		next  evenkeel.Measure
	}{
		{"after a notice in force, throttle", []evenkeel.Decision{decided("d-1", notify, evenkeel.InForce, "vm-9")}, throttle},
		{"after a notice that lapsed, throttle", []evenkeel.Decision{decided("d-1", notify, evenkeel.Lapsed, "vm-9")}, throttle},
		{"after a throttle that lapsed, isolate", []evenkeel.Decision{decided("d-1", throttle, evenkeel.Lapsed, "vm-1")}, evenkeel.MeasureIsolate},
		{"after throttles of two lots of machines of which this is one, isolate", []evenkeel.Decision{
			decided("d-1", throttle, evenkeel.Lapsed, "vm-9"), decided("d-2", throttle, evenkeel.Lapsed, "vm-1"),
		}, evenkeel.MeasureIsolate},
		{"after a throttle of another machine, throttle: its tenant was asked about the case", []evenkeel.Decision{
			decided("d-1", throttle, evenkeel.Lapsed, "vm-9"), decided("d-2", notify, evenkeel.Lapsed, "vm-9"),
		}, throttle},
		{"after a throttle in whose place a notice came, isolate", []evenkeel.Decision{over(decided("d-1", throttle, 0, "vm-1"), later, start)}, evenkeel.MeasureIsolate},
		{"a proposed throttle took no effect", []evenkeel.Decision{decided("d-1", throttle, evenkeel.Proposed, "vm-9")}, notify},
		{"a refused throttle took no effect", []evenkeel.Decision{decided("d-1", throttle, evenkeel.Refused, "vm-9")}, notify},
		{"a suppressed throttle took no effect", []evenkeel.Decision{decided("d-1", throttle, evenkeel.Suppressed, "vm-9")}, notify},
		{"a held throttle took no effect yet", []evenkeel.Decision{with(decided("d-1", throttle, evenkeel.Held, "vm-9"), func(x *evenkeel.Decision) { x.From = later.Add(hour) })}, notify},
		{"a throttle that was superseded while it was held took no effect", []evenkeel.Decision{over(decided("d-1", throttle, 0, "vm-9"), start, start.Add(hour))}, notify},
		{"a throttle in shadow took no effect", []evenkeel.Decision{with(decided("d-1", throttle, evenkeel.Proposed, "vm-9"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow })}, notify},
		{"a throttle that waited for a person, who approved a notice, took no effect", []evenkeel.Decision{
			over(decided("d-1", throttle, 0, "vm-9"), later, start),
			with(decided("d-2", notify, evenkeel.Lapsed, "vm-9"), func(x *evenkeel.Decision) { x.Supersedes, x.Actor.Person = "d-1", "ada" }),
		}, throttle},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(dossier(evenkeel.CaseOpen, c.stood...), proposal(mining(), evenkeel.MeasureIsolate), found(later, "vm-1"), shown)
			if r.Measure != c.next && !(c.next == notify && r.Verdict == Note) {
				t.Errorf("%s (verdict %d, %v); expected %s", r.Measure, r.Verdict, r.Why, c.next)
			}
		})
	}
	t.Run("what took effect in a closed case is past", func(t *testing.T) {
		d := dossier(evenkeel.CaseClosed, decided("d-1", throttle, evenkeel.Lapsed, "vm-1"))
		d.Case.Outcome = evenkeel.OutcomeConfirmed
		r := Gate(d, proposal(mining(), evenkeel.MeasureIsolate), found(later, "vm-1"), shown)
		if r.Verdict != Enter || r.Measure != notify || r.Case != evenkeel.CaseOpen {
			t.Errorf("%+v; expected a notice in a new case", r)
		}
	})
}

// F5 and property D: power-off destroyed what the job kept in memory, and the data could not
// be reached. Only what is shown to keep the way to the data is entered above throttle.
func TestWithoutMeansThatAreShownAMachineStaysBelow(t *testing.T) {
	lacking := func(change func(*Means)) Means {
		m := shown
		change(&m)
		return m
	}
	stood := map[string][]evenkeel.Decision{
		"mining":   {decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1")},
		"flood":    {decided("d-1", evenkeel.MeasureDropFlow, evenkeel.Lapsed, "vm-1")},
		"takeover": {decided("d-1", evenkeel.MeasureThrottle, evenkeel.Lapsed, "vm-1")},
	}
	for _, c := range []struct {
		name   string
		fam    *policy.Family
		wanted evenkeel.Measure
		means  Means
		gets   evenkeel.Measure
		says   string
	}{
		{"all is shown: isolate", mining(), evenkeel.MeasureIsolate, shown, evenkeel.MeasureIsolate, ""},
		{"nothing is declared: throttle", mining(), evenkeel.MeasureIsolate, Means{}, evenkeel.MeasureThrottle, "has declared"},
		{"memory is destroyed: throttle", mining(), evenkeel.MeasureIsolate, lacking(func(m *Means) { m.Destroys = []string{"connections", "memory"} }), evenkeel.MeasureThrottle, "destroys memory"},
		{"whoever enforces cannot isolate: throttle", mining(), evenkeel.MeasureIsolate, lacking(func(m *Means) { m.Measures = []evenkeel.Measure{evenkeel.MeasureThrottle} }), evenkeel.MeasureThrottle, "cannot isolate"},
		{"whoever enforces cannot throttle: notify", mining(), evenkeel.MeasureThrottle, lacking(func(m *Means) { m.Measures = []evenkeel.Measure{evenkeel.MeasureLimit} }), evenkeel.MeasureNotify, "cannot throttle"},
		{"nothing is kept: throttle", mining(), evenkeel.MeasureIsolate, lacking(func(m *Means) { m.Keeps = nil }), evenkeel.MeasureThrottle, "keeps no way"},
		{"nothing is proven: throttle", mining(), evenkeel.MeasureIsolate, lacking(func(m *Means) { m.Proven = false }), evenkeel.MeasureThrottle, "canary"},
		{"nothing is declared: a limit is left of isolate for packets", flood(), evenkeel.MeasureIsolate, Means{}, evenkeel.MeasureLimit, "isolate may not be entered"},
		{"all is shown: freeze", takeover(), evenkeel.MeasureFreeze, shown, evenkeel.MeasureFreeze, ""},
		{"what is in flight does not finish: a freeze becomes a notice, never a throttle", takeover(), evenkeel.MeasureFreeze, lacking(func(m *Means) { m.Finishes = false }), evenkeel.MeasureNotify, "in flight"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(dossier(evenkeel.CaseUnderReview, stood[c.fam.Name]...), proposal(c.fam, c.wanted), found(later, "vm-1"), c.means)
			if r.Measure != c.gets {
				t.Errorf("%s (%v); expected %s", r.Measure, r.Why, c.gets)
			}
			says(t, "the ruling", r.Why, c.says)
		})
	}
}

// N of the house: a new finding about what stands already is no new decision.
func TestWhatStandsIsEnough(t *testing.T) {
	throttle, notify := evenkeel.MeasureThrottle, evenkeel.MeasureNotify
	for _, c := range []struct {
		name    string
		stands  []evenkeel.Decision
		wanted  evenkeel.Measure
		assets  string
		verdict Verdict
		named   string
	}{
		{"the same measure on the same machine", []evenkeel.Decision{decided("d-1", throttle, evenkeel.InForce, "vm-1")}, throttle, "vm-1", Note, "vm-1"},
		{"a higher measure on more machines", []evenkeel.Decision{decided("d-1", throttle, evenkeel.InForce, "vm-1 vm-2")}, notify, "vm-1", Note, "vm-1"},
		{"two decisions together stand on all of it", []evenkeel.Decision{decided("d-1", throttle, evenkeel.InForce, "vm-1"), decided("d-2", throttle, evenkeel.InForce, "vm-2")}, throttle, "vm-1 vm-2", Note, "vm-1 vm-2"},
		{"what is held stands too", []evenkeel.Decision{decided("d-1", throttle, evenkeel.Lapsed, "vm-9"), decided("d-2", evenkeel.MeasureIsolate, evenkeel.Held, "vm-1")}, evenkeel.MeasureIsolate, "vm-1", Note, "vm-1"},
		{"a notice about other machines joins the one that stands", []evenkeel.Decision{decided("d-1", notify, evenkeel.InForce, "vm-1")}, notify, "vm-2", Note, "vm-2"},
		{"only the machine that is new is named, so no lease is lengthened", []evenkeel.Decision{decided("d-1", throttle, evenkeel.InForce, "vm-1")}, throttle, "vm-1 vm-2", Enter, "vm-2"},
		{"what lapsed does not stand", []evenkeel.Decision{decided("d-1", throttle, evenkeel.Lapsed, "vm-1")}, throttle, "vm-1", Enter, "vm-1"},
		{"what is in shadow does not stand", []evenkeel.Decision{with(decided("d-1", notify, evenkeel.Proposed, "vm-1"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow })}, notify, "vm-1", Enter, "vm-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(dossier(evenkeel.CaseUnderReview, c.stands...), proposal(mining(), c.wanted), found(later, c.assets), shown)
			if r.Verdict != c.verdict || !slices.Equal(r.Assets, assets(c.named)) {
				t.Errorf("verdict %d about %v (%v); expected %d about %s", r.Verdict, r.Assets, r.Why, c.verdict, c.named)
			}
		})
	}
	t.Run("what runs to its end in a closed case stands", func(t *testing.T) {
		d := dossier(evenkeel.CaseClosed, decided("d-1", throttle, evenkeel.InForce, "vm-1"))
		d.Case.Outcome = evenkeel.OutcomeConfirmed
		if r := Gate(d, proposal(mining(), throttle), found(later, "vm-1"), shown); r.Verdict != Note || r.Case != 0 {
			t.Errorf("%+v; expected a note", r)
		}
		if r := Gate(d, proposal(mining(), notify), found(later, "vm-2"), shown); r.Verdict != Enter || r.Case != evenkeel.CaseOpen || len(r.Supersedes) != 0 {
			t.Errorf("%+v; expected a notice about another machine in a new case", r)
		}
	})
}

// Clock 3 of the study: a lease that ran out restarts once and calls a person; it never
// becomes permanent by itself.
func TestALeaseRestartsOnce(t *testing.T) {
	lapsed := func(id, names string) evenkeel.Decision {
		return decided(id, evenkeel.MeasureThrottle, evenkeel.Lapsed, names)
	}
	for _, c := range []struct {
		name    string
		before  []evenkeel.Decision
		verdict Verdict
		says    string
	}{
		{"after one lapse it is entered again", []evenkeel.Decision{lapsed("d-1", "vm-1 vm-2")}, Enter, "lapsed before, at 2019-05-29T20:00:00Z (d-1)"},
		{"after two a person is asked", []evenkeel.Decision{lapsed("d-1", "vm-1"), lapsed("d-2", "vm-1")}, Person, "lapsed 2 times before"},
		{"lapses about other machines do not count", []evenkeel.Decision{lapsed("d-1", "vm-8"), lapsed("d-2", "vm-8")}, Enter, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(dossier(evenkeel.CaseOpen, c.before...), proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-1"), shown)
			if r.Verdict != c.verdict || r.Case != evenkeel.CaseUnderReview {
				t.Errorf("%+v; expected verdict %d under review", r, c.verdict)
			}
			says(t, "the ruling", r.Why, c.says)
		})
	}
	t.Run("a question may be asked again, however often its time was over", func(t *testing.T) {
		notice := decided("d-1", evenkeel.MeasureNotify, evenkeel.Lapsed, "vm-1")
		d := dossier(evenkeel.CaseOpen, notice, notice, notice)
		if r := Gate(d, proposal(mining(), evenkeel.MeasureNotify), found(later, "vm-1"), shown); r.Verdict != Enter || r.Case != 0 || len(r.Why) != 0 {
			t.Errorf("%+v; expected a notice, and that the case stays open", r)
		}
	})
}

// F7: the customer could have answered and nobody warned.
func TestAHearingComesBeforeAnIsolation(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"), decided("d-2", evenkeel.MeasureNotify, evenkeel.Proposed, "vm-1"))
	r := Gate(d, proposal(mining(), evenkeel.MeasureIsolate), found(later, "vm-1"), shown)
	from := later.Add(30 * minute)
	if r.Verdict != Hold || r.Measure != evenkeel.MeasureIsolate || r.From != from || r.Until != from.Add(6*hour) || r.Case != evenkeel.CaseUnderReview {
		t.Errorf("%+v; expected isolate held for half an hour", r)
	}
	if len(r.Start) != 2 || r.Start[0].Kind != docket.ClockHearing || r.Start[0].Due != from {
		t.Errorf("clocks %+v; expected the hearing and the tenant's", r.Start)
	}
	if !slices.Equal(r.Supersedes, []evenkeel.DecisionID{"d-2"}) {
		t.Errorf("in the place of %v; expected the proposal only: what is in force stays so until the isolation is", r.Supersedes)
	}
	says(t, "the ruling", r.Why, "isolate takes effect at 2019-05-29T22:30:00Z")
}

// F7: once the tenant has spoken a person decides; a flood at others does not wait for that.
func TestATenantWhoHasSpokenWaitsForAPerson(t *testing.T) {
	spoke := start.Add(hour)
	missed := func(d docket.Dossier) docket.Dossier {
		d = waiting(d, spoke)
		d.Clocks = slices.DeleteFunc(d.Clocks, func(c docket.Clock) bool { return c.Kind == docket.ClockOurAnswer })
		return d
	}
	again := func(d docket.Dossier) docket.Dossier { // our clock began again after it was missed
		d = missed(d)
		d.Clocks = append(d.Clocks, ourClock(&d, mining(), spoke.Add(hour)))
		return d
	}
	waits := func(d docket.Dossier) docket.Dossier { return waiting(d, spoke) }
	notice := decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")
	limit, limited := decided("d-1", evenkeel.MeasureLimit, evenkeel.Lapsed, "vm-1"), decided("d-1", evenkeel.MeasureLimit, evenkeel.InForce, "vm-1")
	for _, c := range []struct {
		name    string
		d       docket.Dossier
		p       policy.Proposal
		assets  string
		verdict Verdict
	}{
		{"a throttle is a person's", waits(dossier(evenkeel.CaseUnderReview, notice)), proposal(mining(), evenkeel.MeasureThrottle), "vm-1", Person},
		{"the notice that stands is enough", waits(dossier(evenkeel.CaseUnderReview, notice)), proposal(mining(), evenkeel.MeasureNotify), "vm-1", Note},
		{"a first notice is a person's too", waits(dossier(evenkeel.CaseUnderReview)), proposal(mining(), evenkeel.MeasureNotify), "vm-1", Person},
		{"a throttle on another machine is a person's", waits(dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1"))), proposal(mining(), evenkeel.MeasureThrottle), "vm-2", Person},
		{"packets are limited all the same", waits(dossier(evenkeel.CaseUnderReview)), proposal(flood(), evenkeel.MeasureLimit), "vm-1", Enter},
		{"packets go on being stopped", waits(dossier(evenkeel.CaseUnderReview, limit)), proposal(flood(), evenkeel.MeasureDropFlow), "vm-1", Enter},
		{"F8: when our clock was missed, packets are still limited", missed(dossier(evenkeel.CaseUnderReview)), proposal(flood(), evenkeel.MeasureLimit), "vm-1", Enter},
		{"F8: when our clock was missed, more than the limit that stands is a person's", missed(dossier(evenkeel.CaseUnderReview, limited)), proposal(flood(), evenkeel.MeasureDropFlow), "vm-1", Person},
		{"F8: the same while the clock that began again runs", again(dossier(evenkeel.CaseUnderReview, limited)), proposal(flood(), evenkeel.MeasureDropFlow), "vm-1", Person},
		{"N: and where no limit stands any more, a machine limits", again(dossier(evenkeel.CaseUnderReview, limit)), proposal(flood(), evenkeel.MeasureDropFlow), "vm-1", Enter},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(c.d, c.p, found(later, c.assets), shown)
			if r.Verdict != c.verdict {
				t.Errorf("verdict %d (%v); expected %d", r.Verdict, r.Why, c.verdict)
			}
			if c.verdict == Person {
				says(t, "the ruling", r.Why, "2019-05-29T21:00:00Z")
			}
		})
	}
}

// Property G, answering at three in the morning: words that cost nothing do not hold back a
// machine after a person found it to be so. F7: else they do, whatever is found meanwhile.
func TestWordsDoNotHoldBackEverything(t *testing.T) {
	spoke := start.Add(hour)
	notice := decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1")
	throttled := decided("d-1", evenkeel.MeasureThrottle, evenkeel.InForce, "vm-1")
	reopened := func(o evenkeel.Outcome) docket.Dossier {
		d := waiting(dossier(evenkeel.CaseReopened, notice), spoke)
		d.Case.Outcome = o
		return d
	}
	missed := waiting(dossier(evenkeel.CaseUnderReview, notice), spoke)
	missed.Clocks = []docket.Clock{ourClock(&missed, mining(), spoke.Add(hour))}
	asked := waiting(dossier(evenkeel.CaseUnderReview, notice), spoke)
	for _, c := range []struct {
		name       string
		d          docket.Dossier
		wanted     evenkeel.Measure
		conclusive bool
		verdict    Verdict
	}{
		{"reopened by words after abuse was confirmed", reopened(evenkeel.OutcomeConfirmed), evenkeel.MeasureThrottle, false, Enter},
		{"reopened by words after the tenant was found to be a victim", reopened(evenkeel.OutcomeVictim), evenkeel.MeasureThrottle, false, Enter},
		{"reopened after nothing could be found out", reopened(evenkeel.OutcomeInconclusive), evenkeel.MeasureThrottle, false, Person},
		{"F7: a throttle on conclusive evidence", asked, evenkeel.MeasureThrottle, true, Person},
		{"a first notice on conclusive evidence, before a throttle", waiting(dossier(evenkeel.CaseUnderReview), spoke), evenkeel.MeasureThrottle, true, Enter},
		{"a throttle on less", asked, evenkeel.MeasureThrottle, false, Person},
		{"more than a throttle, on conclusive evidence", waiting(dossier(evenkeel.CaseUnderReview, throttled), spoke), evenkeel.MeasureIsolate, true, Person},
		{"F8: a throttle on conclusive evidence, when our clock was missed", missed, evenkeel.MeasureThrottle, true, Person},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := proposal(mining(), c.wanted)
			p.Conclusive = c.conclusive
			if r := Gate(c.d, p, found(later, "vm-1"), shown); r.Verdict != c.verdict {
				t.Errorf("verdict %d, %s (%v); expected %d", r.Verdict, r.Measure, r.Why, c.verdict)
			}
		})
	}
}

// R4 and kyverno's lesson: a person's no binds the machine, on the same assets, from then on.
func TestAPersonsNoBindsTheMachine(t *testing.T) {
	throttle, isolate := evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
	notice := decided("d-0", evenkeel.MeasureNotify, evenkeel.InForce, "vm-9")
	by := func(x evenkeel.Decision, of string) evenkeel.Decision {
		return with(x, func(x *evenkeel.Decision) { x.Supersedes, x.Actor.Person = evenkeel.DecisionID(of), "ada" })
	}
	for _, c := range []struct {
		name    string
		before  []evenkeel.Decision
		verdict Verdict
	}{
		{"lifted", []evenkeel.Decision{notice, decided("d-1", throttle, evenkeel.Lifted, "vm-1")}, Person},
		{"refused", []evenkeel.Decision{notice, decided("d-1", throttle, evenkeel.Refused, "vm-1 vm-2")}, Person},
		{"refused, where more was wanted", []evenkeel.Decision{notice, with(decided("d-1", 0, evenkeel.Refused, "vm-1"), func(x *evenkeel.Decision) { x.Wanted = isolate })}, Person},
		{"lowered to a notice", []evenkeel.Decision{decided("d-1", throttle, evenkeel.Superseded, "vm-1"), by(decided("d-2", evenkeel.MeasureNotify, evenkeel.Lapsed, "vm-1"), "d-1")}, Person},
		{"lowered to what is found now", []evenkeel.Decision{notice, decided("d-1", isolate, evenkeel.Superseded, "vm-1"), by(decided("d-2", throttle, evenkeel.Lapsed, "vm-1"), "d-1")}, Enter},
		{"stepped down by a clock", []evenkeel.Decision{notice, decided("d-1", throttle, evenkeel.Superseded, "vm-1"), with(decided("d-2", evenkeel.MeasureNotify, evenkeel.Lapsed, "vm-1"), func(x *evenkeel.Decision) { x.Supersedes = "d-1" })}, Enter},
		{"lifted from another machine", []evenkeel.Decision{notice, decided("d-1", throttle, evenkeel.Lifted, "vm-2")}, Enter},
		{"a notice was ended, and this is more: a person weighs what is new", []evenkeel.Decision{decided("d-1", evenkeel.MeasureNotify, evenkeel.Lifted, "vm-1")}, Person},
		{"refused about the tenant as a whole", []evenkeel.Decision{notice, decided("d-1", throttle, evenkeel.Refused, "")}, Person},
		{"only in shadow", []evenkeel.Decision{notice, with(decided("d-1", throttle, evenkeel.Refused, "vm-1"), func(x *evenkeel.Decision) { x.Mode = evenkeel.ModeShadow })}, Enter},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(dossier(evenkeel.CaseUnderReview, c.before...), proposal(mining(), throttle), found(later, "vm-1"), shown)
			if r.Verdict != c.verdict {
				t.Errorf("verdict %d, %s (%v); expected %d", r.Verdict, r.Measure, r.Why, c.verdict)
			}
		})
	}
	// What the person ended is named, not what a machine had wanted beyond it.
	wanted := func(x evenkeel.Decision) evenkeel.Decision {
		return with(x, func(x *evenkeel.Decision) { x.Wanted = isolate })
	}
	for _, c := range []struct {
		name   string
		before evenkeel.Decision
		says   string
	}{
		{"a throttle was lifted and an isolation wanted", wanted(decided("d-1", throttle, evenkeel.Lifted, "vm-1")), "A person ended throttle at 2019-05-29T20:00:00Z (d-1): whether anything comes in its place is for a person."},
		{"a throttle was refused and an isolation wanted", wanted(decided("d-1", throttle, evenkeel.Refused, "vm-1")), "A person said no to throttle at 2019-05-29T20:00:00Z (d-1)."},
		{"an isolation was refused", wanted(decided("d-1", 0, evenkeel.Refused, "vm-1")), "A person said no to isolate at 2019-05-29T20:00:00Z (d-1)."},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Gate(dossier(evenkeel.CaseUnderReview, notice, c.before), proposal(mining(), throttle), found(later, "vm-1"), shown)
			if r.Verdict != Person || !slices.Equal(r.Why, []string{c.says}) {
				t.Errorf("verdict %d (%q); expected a person, and %q", r.Verdict, r.Why, c.says)
			}
		})
	}
	t.Run("a refusal that went with a confirmation does not protect who reopens the case", func(t *testing.T) {
		d := dossier(evenkeel.CaseReopened, decided("d-1", evenkeel.MeasureLimit, evenkeel.Refused, "vm-1"))
		d.Case.Since, d.Case.Outcome = start.Add(hour), evenkeel.OutcomeConfirmed
		if r := Gate(d, proposal(flood(), evenkeel.MeasureLimit), found(later, "vm-1"), shown); r.Verdict != Enter {
			t.Errorf("%+v; expected a limit: others are hurt", r)
		}
		d.Decisions[0].At = later // a person said no after that
		if r := Gate(d, proposal(flood(), evenkeel.MeasureLimit), found(later, "vm-1"), shown); r.Verdict != Person {
			t.Errorf("%+v; expected a person", r)
		}
		d.Decisions[0].At, d.Decisions[0].State = start, evenkeel.Lifted // what is lifted was lifted on purpose
		if r := Gate(d, proposal(flood(), evenkeel.MeasureLimit), found(later, "vm-1"), shown); r.Verdict != Person {
			t.Errorf("%+v; expected a person", r)
		}
	})
}

func TestAPersonIsAskedOnce(t *testing.T) {
	proposed := func(wanted evenkeel.Measure, names string) evenkeel.Decision {
		return with(decided("d-1", 0, evenkeel.Proposed, names), func(x *evenkeel.Decision) { x.Wanted = wanted })
	}
	for _, c := range []struct {
		name       string
		before     evenkeel.Decision
		verdict    Verdict
		supersedes int
	}{
		{"the same is proposed already", proposed(evenkeel.MeasureThrottle, "vm-1"), Note, 0},
		{"more is proposed about more machines", proposed(evenkeel.MeasureIsolate, "vm-1 vm-2"), Note, 0},
		{"less was proposed, which gives way", proposed(evenkeel.MeasureNotify, "vm-1"), Person, 1},
		{"it was proposed about another machine", proposed(evenkeel.MeasureThrottle, "vm-2"), Person, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := waiting(dossier(evenkeel.CaseUnderReview, c.before), start)
			r := Gate(d, proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-1"), shown)
			if r.Verdict != c.verdict || len(r.Supersedes) != c.supersedes {
				t.Errorf("%+v; expected verdict %d that takes the place of %d", r, c.verdict, c.supersedes)
			}
		})
	}
}

func TestWhatNeedsTwoPersonsNeverPassesAlone(t *testing.T) {
	fam := mining()
	fam.Ladder = append(fam.Ladder, evenkeel.MeasureSuspend)
	fam.Terms[evenkeel.MeasureSuspend] = policy.Terms{Lease: hour}
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureIsolate, evenkeel.Lapsed, "vm-1"))
	r := Gate(d, proposal(fam, evenkeel.MeasureSuspend), found(later, "vm-1"), shown)
	if r.Verdict != Person || r.Measure != evenkeel.MeasureNone {
		t.Errorf("%+v; expected that a person is asked", r)
	}
	says(t, "the ruling", r.Why, "two persons")
}

// Of what is in shadow nothing follows: a rule or a policy is watched, and nobody feels it.
func TestNothingFollowsInShadow(t *testing.T) {
	d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"))
	p := proposal(mining(), evenkeel.MeasureThrottle)
	p.Mode = evenkeel.ModeShadow
	r := Gate(d, p, found(later, "vm-1"), shown)
	if r.Verdict != Person || r.Measure != evenkeel.MeasureThrottle || r.Case != 0 || r.Start != nil || r.Supersedes != nil {
		t.Errorf("%+v; expected what would be entered, and nothing that follows", r)
	}
	d = dossier(evenkeel.CaseClosed)
	d.Case.Outcome = evenkeel.OutcomeFalsePositive
	if r := Gate(d, p, found(later, "vm-1"), shown); r.Case != 0 || r.Outcome != evenkeel.OutcomeNone {
		t.Errorf("%+v; expected that the case stays as it is", r)
	}
}

func TestGateChangesNothingOfWhatItIsGiven(t *testing.T) {
	given := func() (docket.Dossier, policy.Proposal, *evenkeel.Finding) {
		d := dossier(evenkeel.CaseUnderReview, decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1 vm-2"))
		return d, proposal(mining(), evenkeel.MeasureThrottle), found(later, "vm-2 vm-1")
	}
	d, p, f := given()
	Gate(d, p, f, Means{Declared: true, Destroys: []string{"connections", "memory"}})
	if e, q, g := given(); !reflect.DeepEqual(d, e) || !reflect.DeepEqual(p, q) || !reflect.DeepEqual(f, g) {
		t.Errorf("the dossier, the proposal or the finding changed")
	}
}
