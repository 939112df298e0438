package judge_test

import (
	"context"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// paying is a world in which everybody prepays, and has paid three months of what it uses, from a moment on.
type paying struct {
	facts
	from evenkeel.Moment
}

func (p paying) AccountAt(t evenkeel.TenantID, at evenkeel.Moment) evenkeel.Account {
	a := p.facts[t]
	if at >= p.from {
		a.Standing, a.Paid = evenkeel.KnownFact(evenkeel.StandingPrepaid, p.from), evenkeel.KnownFact(900.0, p.from)
	}
	return a
}

// playedIn is play of findings and times in a world.
func playedIn(t tester, d *judge.Docket, known judge.Holder, things ...any) {
	t.Helper()
	var err error
	for _, x := range things {
		switch x := x.(type) {
		case evenkeel.Finding:
			_, err = d.Consider(context.Background(), []evenkeel.Finding{x}, known, 0)
		case time.Duration:
			_, err = d.Sweep(context.Background(), start.Add(x), known)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// O, F10, R9: a person allows a burst that was announced, in a case of its own, while an isolation is held in the
// case of what was found. It does not take effect: a person decides. What a flag is about that covers other machines
// is no reason, and nor is one that is over by then.
func TestWhatAPersonAllowedMeanwhileDoesNotTakeEffect(t *testing.T) {
	for name, c := range map[string]struct {
		asset  evenkeel.AssetID
		until  time.Duration
		revoke bool
		is     evenkeel.DecisionState
	}{
		"on that machine":          {"trial-1", 10 * day, false, evenkeel.Proposed},
		"on another machine":       {"trial-2", 10 * day, false, evenkeel.InForce},
		"until the hearing ends":   {"trial-1", 90 * minute, false, evenkeel.InForce},
		"and taken back before it": {"trial-1", 10 * day, true, evenkeel.InForce},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			play(t, d, mines("trial-1", 0)[:3]...)
			announced := act(docket.ActAnnounce, "trial", 61*minute)
			announced.Family, announced.Burst = "", &evenkeel.Burst{Count: 3, From: start.Add(61 * minute), Until: start.Add(2 * day), Selector: "principal:ci"}
			granted := act(docket.ActFlag, "trial", 65*minute)
			granted.Family, granted.Grant = docket.Announcements, &docket.Grant{Selector: evenkeel.Selector{Assets: []evenkeel.AssetID{c.asset}}, Until: start.Add(c.until)}
			play(t, d, announced, granted)
			if c.revoke {
				play(t, d, act(docket.ActRevoke, "trial", 70*minute))
			}
			play(t, d, 4*time.Hour)
			x := stateOf(t, b, evenkeel.MeasureIsolate)
			if x.State != c.is || x.At != start.Add(90*minute) {
				t.Errorf("isolate is %s since %s; expected %s since the end of the hearing", x.State, x.At, c.is)
			}
			if said := sentences(folderOf(t, b, "trial"), "covers it: it is only recorded."); c.is == evenkeel.Proposed && said != 1 {
				t.Errorf("%d sentences name the flag; expected one", said)
			}
		})
	}
}

// A, R2: the tenant pays while an isolation is held, and what is known by the end of the hearing protects it. A
// machine may throttle, as it does, and a person decides on more.
func TestAHearingEndsByWhatIsKnownThen(t *testing.T) {
	for paid, is := range map[time.Duration]evenkeel.DecisionState{70 * minute: evenkeel.Proposed, 90 * minute: evenkeel.Proposed, 91 * minute: evenkeel.InForce} {
		b := newBooks()
		known := paying{world, start.Add(paid)}
		playedIn(t, newDocket(t, b), known, append(mines("trial-1", 0)[:3], 3*time.Hour)...)
		if x := stateOf(t, b, evenkeel.MeasureIsolate); x.State != is || x.At != start.Add(90*minute) {
			t.Errorf("paid at %s: isolate is %s since %s; expected %s since the end of the hearing, whenever somebody looks", paid, x.State, x.At, is)
		}
		want := evenkeel.MeasureThrottle
		if is == evenkeel.InForce {
			want = evenkeel.MeasureIsolate
		}
		if f := folders(t, b)[0]; f.Highest != want {
			t.Errorf("paid at %s: %s is in force; expected %s", paid, f.Highest, want)
		}
	}
}

// A, R2: a lease stands once more by the safeguards of its end and not by those of what was found hours before. Whoever
// has paid since is not isolated for four hours more, while on the same a machine may only throttle; and the
// decision that stands once more has the answers of then.
func TestALeaseStandsOnceMoreByTheSafeguardsOfItsEnd(t *testing.T) {
	ends := 90*minute + lease
	for paid, stands := range map[time.Duration]bool{2 * time.Hour: false, ends: false, ends + minute: true} {
		b := newBooks()
		known := paying{world, start.Add(paid)}
		d := newDocket(t, b)
		final := finding("trial-1", "trial", 62*minute, evenkeel.Final, usage, stratum)
		playedIn(t, d, known, append(mines("trial-1", 0)[:3], final, stillFound(final, ends-5*minute), ends)...)
		f := folders(t, b)[0]
		if f.Highest.Enforced() != stands || sentences(f, "Safeguards protect the tenant (payment-history)") > 0 == stands {
			t.Errorf("paid at %s: %s is in force; expected that the isolation stands once more: %v, and else why not", paid, f.Highest, stands)
		}
		if stands {
			continue
		}
		playedIn(t, d, known, stillFound(final, ends+5*minute)) // the same is weighed as anything that is found
		if f := folders(t, b)[0]; f.Highest != evenkeel.MeasureThrottle {
			t.Errorf("paid at %s: %s is in force once it is told again; expected a throttle", paid, f.Highest)
		}
	}
}

// N, A: whoever pays for a machine that floods others is limited on and no more than that, and what stands once more has the
// answers of the safeguards that were asked for it.
func TestAFloodOfWhoHasPaidStaysLimited(t *testing.T) {
	b := newBooks()
	known := paying{world, start.Add(30 * minute)}
	d := newDocket(t, b)
	of := func(after time.Duration, r evenkeel.Revision) evenkeel.Finding {
		f := finding("trial-1", "trial", after, r, wire)
		f.Rule, f.Family = "flood-out", "flood"
		return f
	}
	playedIn(t, d, known, of(0, evenkeel.Provisional), of(2*minute, evenkeel.Final))
	if f := folders(t, b)[0]; f.Highest != evenkeel.MeasureDropFlow {
		t.Fatalf("%s is in force; expected that the flow is dropped", f.Highest)
	}
	named := 0
	for _, o := range folders(t, b)[0].Orders {
		if o.Measure == evenkeel.MeasureDropFlow && o.Params["flows"] == "tcp/203.0.113.7/80" {
			named++
		}
	}
	if named != 1 {
		t.Errorf("%d orders name the flow that was found, in %+v; expected one", named, folders(t, b)[0].Orders)
	}
	playedIn(t, d, known, stillFound(of(2*minute, evenkeel.Final), time.Hour-minute), 65*minute)
	f := folders(t, b)[0]
	last := f.Decisions[len(f.Decisions)-1]
	if f.Highest != evenkeel.MeasureLimit || last.Measure != evenkeel.MeasureLimit || last.Safeguards[0].Says != evenkeel.Protect {
		t.Errorf("%s is in force, by %+v; expected a limit, and that it has paid", f.Highest, last.Safeguards)
	}
}

// forgetful are books that have not kept what was found.
type forgetful struct{ books }

func (f forgetful) Transact(ctx context.Context, do func(docket.Tx) error) error {
	return f.books.Transact(ctx, func(tx docket.Tx) error { return do(forgetfulTx{tx}) })
}

func (f forgetful) Each(ctx context.Context, n int, do func(i int, tx docket.Tx) error) []error {
	return docket.OneByOne(ctx, f.Transact, n, do)
}

type forgetfulTx struct{ docket.Tx }

func (forgetfulTx) Finding(evenkeel.FindingID, evenkeel.Revision) (*evenkeel.Finding, error) {
	return nil, nil
}

// R2: where what was found is not kept any more nothing is known, and that never counts as guilt.
func TestWhatIsNotKeptAnyMoreCountsAsUnknown(t *testing.T) {
	b := newBooks()
	d := newDocket(t, forgetful{b})
	play(t, d, append(mines("trial-1", 0)[:3], 3*time.Hour)...)
	if x := stateOf(t, b, evenkeel.MeasureIsolate); x.State != evenkeel.Proposed {
		t.Errorf("isolate is %s; expected a question to a person", x.State)
	}
	if f := folders(t, b)[0]; f.Highest != evenkeel.MeasureThrottle || sentences(f, "Safeguards are unknown") == 0 {
		t.Errorf("%s is in force; expected that the throttle stands, and that it is said what is not known", f.Highest)
	}
}
