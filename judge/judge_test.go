package judge_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// play considers findings and does acts in the order given; it fails the test on an error.
func play(t tester, d *judge.Docket, things ...any) (all judge.Heard) {
	t.Helper()
	for _, x := range things {
		heard, err := one(d, x)
		if err != nil {
			t.Fatal(err)
		}
		all.Changes = append(all.Changes, heard.Changes...)
		all.Weighed = append(all.Weighed, heard.Weighed...)
	}
	return all
}

// one considers a finding, does an act or sweeps up to a time after the start.
func one(d *judge.Docket, x any) (judge.Heard, error) {
	ctx := context.Background()
	switch x := x.(type) {
	case evenkeel.Finding:
		return d.Consider(ctx, []evenkeel.Finding{x}, world, 0)
	case docket.Act:
		return d.Do(ctx, d.LeftOpen(x), world)
	case time.Duration:
		return d.Sweep(ctx, start.Add(x), world)
	}
	return judge.Heard{}, errors.New("neither a finding, an act nor a time")
}

// act is a person's or a tenant's, about the mining case of a tenant.
func act(k docket.ActKind, t evenkeel.TenantID, after time.Duration) docket.Act {
	a := docket.Act{ID: "test " + k.String() + after.String() + string(t), Kind: k, At: start.Add(after), Tenant: t, Family: "mining", Says: "Because of this."}
	if !k.OfTenant() {
		a.By = "ada"
	}
	if k == docket.ActUphold {
		a.Says = upheldFor(t, after)
	}
	return a
}

// upheldFor is what a person answers to a tenant who appealed because of this: why it stays, in words of its own.
func upheldFor(t evenkeel.TenantID, after time.Duration) string {
	return fmt.Sprintf("You appeal “because of this”; by %s we saw term-0 at %s all the same, and no job of yours explains it.", after, t)
}

// folders returns all cases with all that is kept about them, the oldest first.
func folders(t tester, b docket.Reader) (out []docket.Folder) {
	t.Helper()
	rows, err := b.Cases(context.Background(), docket.Query{Closed: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Backward(rows) {
		f, err := b.Folder(context.Background(), r.Case.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// standing returns the measures in force, such as "throttle of trial-1".
func standing(f docket.Folder) (out []string) {
	for _, d := range f.Decisions {
		if d.Mode == evenkeel.ModeLive && d.State == evenkeel.InForce {
			out = append(out, d.Measure.String()+" of "+string(d.Assets[0]))
		}
	}
	return out
}

const minute = time.Minute

func TestOneTransactionHasAllOfADecision(t *testing.T) {
	b := newBooks()
	heard := play(t, newDocket(t, b),
		finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire))
	if len(heard.Changes) != 2 {
		t.Fatalf("%d transactions; expected one for each revision", len(heard.Changes))
	}
	c := heard.Changes[1]
	if len(c.Orders) != 1 || c.Orders[0].Measure != evenkeel.MeasureThrottle || c.Orders[0].Params["cpu"] == "" {
		t.Errorf("orders %+v; expected one to throttle, with the quota of the policy", c.Orders)
	}
	if len(c.Notices) != 1 || c.Notices[0].Measure != evenkeel.MeasureThrottle || len(c.Notices[0].Seen) != 2 || !c.Notices[0].Automatic {
		t.Errorf("notices %+v; expected one about the throttling, with both terms", c.Notices)
	}
	if len(c.Sealed.Leaves) == 0 || len(c.Entries) < 4 || len(c.Clocks) == 0 || len(c.Findings) != 1 {
		t.Errorf("%d leaves, %d entries, %d clocks, %d findings", len(c.Sealed.Leaves), len(c.Entries), len(c.Clocks), len(c.Findings))
	}
	f := folders(t, b)[0]
	if got := standing(f); !slices.Equal(got, []string{"throttle of trial-1"}) {
		t.Errorf("%v stands; expected that the throttling took the place of the notice", got)
	}
	if f.Case.State != evenkeel.CaseUnderReview {
		t.Errorf("the case is %s; expected that a person has to look", f.Case.State)
	}
}

func TestTwiceIsOnce(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	things := []any{
		finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire),
		act(docket.ActAnswer, "trial", 5*minute), 30 * minute, act(docket.ActLift, "trial", 31*minute), 300 * minute,
	}
	play(t, d, things...)
	want := folders(t, b)
	for _, x := range things {
		if heard := play(t, d, x); len(heard.Changes) != 0 {
			t.Errorf("%+v a second time changed %+v", x, heard.Changes)
		}
	}
	if got := folders(t, b); !reflect.DeepEqual(got, want) {
		t.Error("the books differ after everything came twice")
	}
}

// F9 of the study of procedure: closing a case as a false positive, the flag and the end of
// the measure are one transaction, so none of them can be missing.
func TestACrashWhileClearingKeepsNoneOfItOrAll(t *testing.T) {
	b := newBooks()
	play(t, newDocket(t, b), finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire))
	before := folders(t, b)
	clear := act(docket.ActClear, "trial", 5*minute)
	clear.Outcome, clear.Grant = evenkeel.OutcomeFalsePositive, &docket.Grant{
		Selector: evenkeel.Selector{Principal: "ci", Image: "sim"}, Until: start.Add(90 * 24 * time.Hour),
	}
	if _, err := one(newDocket(t, &failing{books: b, after: 1}), clear); !errors.Is(err, errCrash) {
		t.Fatalf("got %v; expected that keeping it fails", err)
	}
	if got := folders(t, b); !reflect.DeepEqual(got, before) {
		t.Error("something of the clearance was kept though keeping it failed")
	}
	play(t, newDocket(t, b), clear)
	f := folders(t, b)[0]
	if f.Case.State != evenkeel.CaseClosed || len(f.Flags) != 1 || len(standing(f)) != 0 {
		t.Errorf("case %s, %d flags, %v stands; expected all of the clearance", f.Case.State, len(f.Flags), standing(f))
	}
	if last := f.Orders[len(f.Orders)-1]; !last.Lift || last.Measure != evenkeel.MeasureThrottle {
		t.Errorf("the last order is %+v; expected that the throttling is let go", last)
	}
	if last := f.Notices[len(f.Notices)-1]; last.State != evenkeel.Lifted || docket.ReadReasons(last.Says).Reason != clear.Says || last.Automatic {
		t.Errorf("the last notice is %+v; expected the person's reason for the end", last)
	}
}

func TestAClearanceIsRefusedWithoutAFlagOrAReasonForNone(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage))
	clear := act(docket.ActClear, "trial", 5*minute)
	clear.Outcome = evenkeel.OutcomeFalsePositive
	before := folders(t, b)
	if _, err := one(d, clear); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("got %v; expected that it is refused", err)
	}
	if got := folders(t, b); !reflect.DeepEqual(got, before) {
		t.Error("the refused act left something")
	}
	clear.NoFlag = docket.NoFlagGone
	play(t, d, clear)
}

// Story A: the second lock came three to four hours after the first was undone.
func TestWhatWasClearedStaysCleared(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	clear := act(docket.ActClear, "trial", 10*minute)
	clear.Outcome, clear.Grant = evenkeel.OutcomeFalsePositive, &docket.Grant{
		Selector: evenkeel.Selector{Principal: "ci", Image: "sim"}, Envelope: evenkeel.Envelope{Count: 10}, Until: start.Add(7 * 24 * time.Hour),
	}
	heard := play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, stratum), clear,
		finding("trial-2", "trial", 4*time.Hour, evenkeel.Provisional, usage, stratum), finding("trial-2", "trial", 4*time.Hour+2*minute, evenkeel.Final, usage, stratum))
	suppressed := 0
	for _, c := range heard.Changes[2:] {
		for _, x := range c.Decisions {
			if x.State != evenkeel.Suppressed || x.SuppressedBy == "" || x.Wanted < evenkeel.MeasureThrottle || x.Measure != evenkeel.MeasureNone {
				t.Errorf("after the clearance: %s of %v, %s", x.Measure, x.Assets, x.State)
			}
			suppressed++
		}
		if len(c.Orders)+len(c.Notices) != 0 {
			t.Errorf("after the clearance: %d orders and %d notices", len(c.Orders), len(c.Notices))
		}
	}
	if suppressed == 0 {
		t.Error("what was suppressed is not to be seen")
	}
	// The flag is over after a week; the latch still holds: a person only.
	heard = play(t, d, finding("trial-3", "trial", 10*24*time.Hour, evenkeel.Provisional, usage, stratum))
	if x := heard.Changes[0].Decisions[0]; x.State != evenkeel.Proposed || x.Measure != evenkeel.MeasureNone {
		t.Errorf("within thirty days of the clearance: %s, %s; expected that a person decides", x.Measure, x.State)
	}
	// And after thirty days the customer is as any other.
	heard = play(t, d, finding("trial-1", "trial", 45*24*time.Hour, evenkeel.Provisional, usage, stratum))
	if got := heard.Changes[0].Decisions; len(got) == 0 || got[0].State == evenkeel.Suppressed {
		t.Errorf("after the flag and the latch: %+v", got)
	}
}

func TestAShadowPolicyIsWrittenDownAndDoesNothing(t *testing.T) {
	stricter, err := policy.Parse("stricter.yaml", []byte(strings.Replace(strings.Replace(string(defaultText(t)),
		"policy: default", "policy: stricter", 1), "mode: live", "mode: shadow", 1)))
	if err != nil {
		t.Fatal(err)
	}
	b := newBooks()
	heard := play(t, newDocket(t, b, stricter), finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire))
	if len(heard.Weighed) != 2 || heard.Weighed[0].Mode != evenkeel.ModeLive || heard.Weighed[1].Mode != evenkeel.ModeShadow {
		t.Errorf("weighed %+v; expected both policies", heard.Weighed)
	}
	for _, x := range folders(t, b)[0].Decisions {
		if x.Mode == evenkeel.ModeShadow {
			t.Errorf("%s in shadow was written down though it is what was done", x.Measure)
		}
	}
}

func TestARuleInShadowLeadsToNothing(t *testing.T) {
	b := newBooks()
	f := finding("trial-1", "trial", 0, evenkeel.Final, usage, stratum)
	f.Mode = evenkeel.ModeShadow
	heard := play(t, newDocket(t, b), f)
	c := heard.Changes[0]
	if len(c.Orders)+len(c.Notices)+len(c.Clocks) != 0 {
		t.Errorf("%d orders, %d notices, %d clocks", len(c.Orders), len(c.Notices), len(c.Clocks))
	}
	if len(c.Decisions) != 1 || c.Decisions[0].Mode != evenkeel.ModeShadow || c.Decisions[0].State != evenkeel.Proposed || c.Decisions[0].Measure != evenkeel.MeasureIsolate {
		t.Errorf("%+v; expected what would have been done", c.Decisions)
	}
}

func TestWhatJoinsANoticeIsToldTogether(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	joined := play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage),
		finding("trial-2", "trial", minute, evenkeel.Provisional, usage), finding("trial-3", "trial", 2*minute, evenkeel.Provisional, usage))
	for _, c := range joined.Changes[1:] {
		if len(c.Notices) != 0 {
			t.Errorf("%d notices when a machine joined; expected that they are gathered", len(c.Notices))
		}
	}
	heard := play(t, d, 30*minute)
	if len(heard.Changes) != 1 || len(heard.Changes[0].Notices) != 1 {
		t.Fatalf("%+v; expected one notice", heard.Changes)
	}
	if n := heard.Changes[0].Notices[0]; len(n.Assets) != 3 || n.At != start.Add(11*minute) {
		t.Errorf("a notice about %v at %s; expected one about all three, ten minutes after the first joined", n.Assets, n.At)
	}
	if got := standing(folders(t, b)[0]); len(got) != 1 {
		t.Errorf("%v stands; expected one notice", got)
	}
}

// What a measure limits is told in the numbers of its order, also by a later notice, and not once it is over.
func TestANoticeHasTheNumbersOfItsOrder(t *testing.T) {
	d, b := throttled(t)
	play(t, d, act(docket.ActAppeal, "trial", 2*minute), act(docket.ActLift, "trial", 40*minute))
	f := folders(t, b)[0]
	told := map[evenkeel.DecisionState]int{}
	for _, n := range f.Notices {
		var want map[string]string
		if n.Measure == evenkeel.MeasureThrottle && n.State == evenkeel.InForce {
			want = orderOf(t, f, false).Params
		}
		if !maps.Equal(n.Params, want) || want != nil && want["cpu"] != "20%" {
			t.Errorf("a notice of %s %s has %v; expected %v", n.Measure, n.State, n.Params, want)
		}
		told[n.State]++
	}
	if told[evenkeel.InForce] < 2 || told[evenkeel.Lifted] == 0 {
		t.Errorf("notices of %v; expected those of the beginning, of an appeal and of the end", told)
	}
}

// Property N: who joined a notice is told also where a measure on others takes the place of it.
func TestWhatJoinedANoticeIsToldWhenAMeasureOnOthersComes(t *testing.T) {
	for _, c := range []struct {
		name string
		then []any
	}{
		{"by a machine", []any{finding("trial-1", "trial", 3*minute, evenkeel.Final, usage, wire)}},
		{"and more than one", []any{finding("trial-1", "trial", 3*minute, evenkeel.Final, usage, wire), finding("trial-1", "trial", 4*minute, evenkeel.Final, usage, stratum)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-2", "trial", minute, evenkeel.Final, usage))
			play(t, d, c.then...)
			before := folders(t, b)[0]
			for i := range before.Notices {
				if slices.Contains(before.Notices[i].Assets, "trial-2") {
					t.Fatalf("trial-2 is told of in %+v already; the test shows nothing", before.Notices[i])
				}
			}
			play(t, d, 12*minute)
			f := folders(t, b)[0]
			told := f.Notices[len(before.Notices):]
			i := slices.IndexFunc(told, func(n evenkeel.Notice) bool { return slices.Contains(n.Assets, "trial-2") })
			if i < 0 || told[i].Measure != evenkeel.MeasureNotify || len(told[i].Assets) != 1 || told[i].At != start.Add(11*minute) {
				t.Errorf("the notices since are %+v; expected one about trial-2 alone, ten minutes after it joined", told)
			}
			for _, x := range f.Decisions {
				if x.Measure.Enforced() && slices.Contains(x.Assets, "trial-2") {
					t.Errorf("%s of %v; expected that what was found of trial-2 is only told", x.Measure, x.Assets)
				}
			}
		})
	}
}

func TestWhatIsJudgedLateGivesNoLessTimeToAnswer(t *testing.T) {
	d := newDocket(t, newBooks())
	late := start.Add(5 * time.Hour)
	heard, err := d.Consider(context.Background(), []evenkeel.Finding{finding("trial-1", "trial", 0, evenkeel.Final, usage)}, world, late)
	if err != nil {
		t.Fatal(err)
	}
	n := heard.Changes[0].Notices[0]
	if n.From != late || n.AnswerBy <= late || n.Since >= start || n.Measured <= n.Since || n.Measured > start {
		t.Errorf("from %s, answer by %s, seen since %s, measured until %s; expected that it begins when it is judged, about what was seen before", n.From, n.AnswerBy, n.Since, n.Measured)
	}
	if x := heard.Changes[0].Decisions[0]; x.At != late || x.Grounds.Basis[0].Until != start {
		t.Errorf("decided at %s on what was seen until %s", x.At, x.Grounds.Basis[0].Until)
	}
}

// moved is a world in which some assets have another holder from a moment on.
type moved struct {
	facts
	to   evenkeel.TenantID
	at   evenkeel.Moment
	what []evenkeel.AssetID
}

func (m moved) TenancyAt(a evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool) {
	h, ok := m.facts.TenancyAt(a, at)
	if ok && at >= m.at && slices.Contains(m.what, a) {
		h.Tenant, h.From = m.to, m.at
	}
	return h, ok
}

// Azure, 2015 and later: a subscription was disabled because an address that it once had was
// another's by then.
func TestAMeasureEndsWhereTheTenancyDoes(t *testing.T) {
	throttle := func(b books) {
		play(t, newDocket(t, b), finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire))
	}
	t.Run("a measure that stands lapses", func(t *testing.T) {
		b := newBooks()
		throttle(b)
		after := start.Add(30 * minute)
		heard, err := newDocket(t, b).Release(context.Background(), []evenkeel.AssetID{"trial-1"}, moved{world, "credit", after, []evenkeel.AssetID{"trial-1"}}, after)
		if err != nil || len(heard.Changes) != 1 {
			t.Fatalf("%+v, %v", heard, err)
		}
		c := heard.Changes[0]
		if len(c.Orders) != 1 || !c.Orders[0].Lift || c.Decisions[0].State != evenkeel.Lapsed || c.Decisions[0].At != after {
			t.Errorf("orders %+v, decisions %+v; expected that the throttling lapses and is let go", c.Orders, c.Decisions)
		}
		if got := standing(folders(t, b)[0]); len(got) != 0 {
			t.Errorf("%v stands", got)
		}
	})
	t.Run("nothing is done where the tenant holds it still", func(t *testing.T) {
		b := newBooks()
		throttle(b)
		if heard, err := newDocket(t, b).Release(context.Background(), []evenkeel.AssetID{"trial-1", "trial-2"}, world, start.Add(30*minute)); err != nil || len(heard.Changes) != 0 {
			t.Errorf("%+v, %v", heard, err)
		}
	})
	t.Run("what is judged after the end leads to a notice at most", func(t *testing.T) {
		b := newBooks()
		d := newDocket(t, b)
		after := start.Add(3 * minute)
		gone := moved{world, "credit", after, []evenkeel.AssetID{"trial-1"}}
		for i, f := range []evenkeel.Finding{
			finding("trial-1", "trial", 0, evenkeel.Provisional, usage, stratum), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, stratum),
		} {
			heard, err := d.Consider(context.Background(), []evenkeel.Finding{f}, gone, after.Add(time.Duration(i)*minute))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range heard.Changes {
				if len(c.Orders) != 0 {
					t.Errorf("orders %+v against an asset of another tenant", c.Orders)
				}
			}
		}
	})
}

func TestAHeldFindingWaitsForItsTenant(t *testing.T) {
	b := newBooks()
	f := finding("trial-1", "", 0, evenkeel.Final, usage, stratum)
	f.Held = "nobody is known to hold asset trial-1"
	if heard := play(t, newDocket(t, b), f); len(heard.Changes) != 0 {
		t.Errorf("a finding about nobody's machine led to %+v", heard.Changes)
	}
	f.Held, f.Subject.Tenant = "", "trial"
	if heard := play(t, newDocket(t, b), f); len(heard.Changes) != 1 {
		t.Error("the finding is not judged once its tenant is known")
	}
}

func TestADocketNeedsBooksAndALivePolicy(t *testing.T) {
	shadow, err := policy.Parse("shadow.yaml", []byte(strings.Replace(string(defaultText(t)), "mode: live", "mode: shadow", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]judge.Parts{
		"no books": {Policy: defaultPolicy(t)}, "no policy": {Books: newBooks()}, "shadow": {Books: newBooks(), Policy: shadow},
	} {
		if _, err := judge.New(p); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheNoticeOfAClearanceSaysSoAndHowLongItHolds(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage))
	cleared := act(docket.ActClear, "trial", 5*minute)
	cleared.Outcome, cleared.Grant = evenkeel.OutcomeFalsePositive, &docket.Grant{Selector: evenkeel.Selector{Principal: "ci", Image: "sim"}, Until: start.Add(90 * 24 * time.Hour)}
	heard := play(t, d, cleared)
	n := heard.Changes[0].Notices
	if len(n) != 1 || n[0].Outcome != evenkeel.OutcomeFalsePositive || n[0].Allowed != cleared.Grant.Until {
		t.Errorf("notices %+v; expected one that says so", n)
	}
	lift := act(docket.ActLift, "credit", 20*minute)
	play(t, d, finding("credit-1", "credit", 10*minute, evenkeel.Provisional, usage))
	if n := play(t, d, lift).Changes[0].Notices; len(n) != 1 || n[0].Outcome != 0 || n[0].Allowed != 0 {
		t.Errorf("notices %+v of what was only lifted", n)
	}
}
