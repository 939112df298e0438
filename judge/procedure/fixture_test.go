package procedure

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// start is the evening on which Story A begins.
var start = evenkeel.MomentOf(time.Date(2019, 5, 29, 20, 0, 0, 0, time.UTC))

const (
	tenant = evenkeel.TenantID("raisup")
	caseID = evenkeel.CaseID("c-1")
	day    = 24 * time.Hour
	hour   = time.Hour
	minute = time.Minute
)

var clocks = policy.Clocks{TenantAnswer: day, OurAnswer: hour, Appeal: 183 * day, Latch: 30 * day}

func mining() *policy.Family {
	return &policy.Family{
		Name: "mining", Harm: policy.HarmCompute, Clause: "No mining.", Clocks: clocks,
		Ladder: []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate},
		Terms: map[evenkeel.Measure]policy.Terms{
			evenkeel.MeasureNotify: {Lease: 7 * day}, evenkeel.MeasureThrottle: {Lease: 4 * hour},
			evenkeel.MeasureIsolate: {Lease: 6 * hour, Hearing: 30 * minute},
		},
	}
}

func flood() *policy.Family {
	return &policy.Family{
		Name: "flood", Harm: policy.HarmPackets, Clause: "No floods.", Clocks: clocks,
		Ladder: []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureIsolate},
		Terms: map[evenkeel.Measure]policy.Terms{
			evenkeel.MeasureLimit: {Lease: 6 * hour}, evenkeel.MeasureDropFlow: {Lease: 4 * hour},
			evenkeel.MeasureIsolate: {Lease: 4 * hour, Hearing: 15 * minute},
		},
	}
}

func takeover() *policy.Family {
	return &policy.Family{
		Name: "takeover", Harm: policy.HarmControl, Clause: "Keep your keys.", Clocks: clocks,
		Ladder: []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureFreeze},
		Terms: map[evenkeel.Measure]policy.Terms{
			evenkeel.MeasureNotify: {Lease: 7 * day}, evenkeel.MeasureThrottle: {Lease: 4 * hour}, evenkeel.MeasureFreeze: {Lease: 4 * hour},
		},
	}
}

// shown is what whoever enforces has to show for everything.
var shown = Means{Declared: true, Keeps: []string{"console", "export"}, Destroys: []string{"connections"}, Proven: true, Finishes: true}

func assets(names string) (out []evenkeel.AssetID) {
	for _, n := range strings.Fields(names) {
		out = append(out, evenkeel.AssetID(n))
	}
	return out
}

// found is a finding about assets.
func found(at evenkeel.Moment, names string) *evenkeel.Finding {
	return &evenkeel.Finding{
		ID: "f-1", Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, Family: "mining", Mode: evenkeel.ModeLive, At: at,
		From: at.Add(-hour), Until: at, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: tenant}, Assets: assets(names),
		Terms: []evenkeel.Term{{Name: "busy", Says: "The CPU was busy.", Weight: 1}},
	}
}

// proposal wants a measure and may have all of it.
func proposal(fam *policy.Family, m evenkeel.Measure) policy.Proposal {
	return policy.Proposal{Family: fam, Policy: "sha256:1", Mode: evenkeel.ModeLive, Row: "a row", Wanted: m, Allowed: m}
}

// decided is a decision of the case, made at start.
func decided(id string, m evenkeel.Measure, s evenkeel.DecisionState, names string) evenkeel.Decision {
	return evenkeel.Decision{
		ID: evenkeel.DecisionID(id), Case: caseID, Tenant: tenant, Family: "mining", Measure: m, Wanted: m, Assets: assets(names),
		From: start, Until: start.Add(4 * hour), At: start, Actor: evenkeel.Actor{Policy: "sha256:1"}, State: s, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: "No mining.", Basis: []evenkeel.Basis{{Finding: "f-0"}}},
	}
}

// with changes a decision.
func with(x evenkeel.Decision, change func(*evenkeel.Decision)) evenkeel.Decision {
	change(&x)
	return x
}

// dossier has a case that was opened at start, with decisions and, for those in force, their
// leases.
func dossier(state evenkeel.CaseState, decisions ...evenkeel.Decision) docket.Dossier {
	d := docket.Dossier{
		Tenant: tenant, Family: "mining", Decisions: decisions,
		Case: &evenkeel.Case{ID: caseID, Tenant: tenant, Family: "mining", Opened: start, State: state, Since: start, Latest: start},
	}
	for _, x := range decisions {
		if x.State == evenkeel.InForce && x.Mode == evenkeel.ModeLive {
			d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Decision: x.ID, Kind: docket.ClockLease, Started: x.From, Due: x.Until})
		}
		if x.State == evenkeel.Held {
			d.Clocks = append(d.Clocks, docket.Clock{Case: caseID, Decision: x.ID, Kind: docket.ClockHearing, Started: start.Add(-hour), Due: x.From})
		}
	}
	return d
}

// waiting makes the tenant of a dossier wait for a person since a moment, with our clock.
func waiting(d docket.Dossier, since evenkeel.Moment) docket.Dossier {
	c := *d.Case
	c.Waiting, c.Spoke = since, since
	d.Case = &c
	d.Clocks = append(slices.Clone(d.Clocks), ourClock(&d, mining(), since))
	slices.SortFunc(d.Clocks, docket.CompareClocks)
	return d
}

func tenantSays(kind docket.ActKind, at evenkeel.Moment) docket.Act {
	return docket.Act{ID: "a-1", Kind: kind, At: at, Tenant: tenant, Family: "mining", Says: "We convert the whole table once a quarter."}
}

func personDoes(kind docket.ActKind, at evenkeel.Moment, change func(*docket.Act)) docket.Act {
	a := docket.Act{ID: "a-1", Kind: kind, At: at, Tenant: tenant, Family: "mining", By: "ada", Says: "It is a batch job."}
	if change != nil {
		change(&a)
	}
	return a
}

// grant is a flag for machines of a start script.
func grant() *docket.Grant {
	return &docket.Grant{
		Selector: evenkeel.Selector{Principal: "ci", StartScript: "ab"}, Envelope: evenkeel.Envelope{Count: 12}, Until: start.Add(90 * day),
	}
}

// mustHear is the effect of an act that may be done.
func mustHear(t *testing.T, d docket.Dossier, a docket.Act, fam *policy.Family) Effect {
	t.Helper()
	e, err := Hear(d, a, fam, policy.Earned{}, shown)
	if err != nil {
		t.Fatalf("%s: %v", a.Kind, err)
	}
	if e.At != a.At {
		t.Errorf("the effect is dated %v; expected the act's time %v", e.At, a.At)
	}
	return e
}

// turned is the states that an effect brings decisions into, by id, such as "d-1 lapsed".
func turned(turns []Turn) string {
	var out []string
	for _, x := range turns {
		out = append(out, string(x.Decision)+" "+x.To.String())
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// kinds is the kinds of some clocks, sorted, such as "hearing our_answer"; those that are beside
// another one are not told.
func kinds(clocks []docket.Clock) string {
	var out []string
	for _, c := range clocks {
		if !c.Kind.Beside() {
			out = append(out, c.Kind.String())
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func says(t *testing.T, what string, sentences []string, words ...string) {
	t.Helper()
	all := strings.Join(sentences, " ")
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("%s: %q does not say %q", what, all, w)
		}
	}
}
