package judge_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R3: whoever has not been reached is not called once a person decided, also by a page that was
// due a moment before; a renewal decides nothing, and withdraws none.
func TestADecisionWithdrawsThePagesThatWait(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	answered(t, d)
	play(t, d, 20*minute, act(docket.ActRenew, "trial", 25*minute))
	waiting := func() int {
		t.Helper()
		n := 0
		for _, p := range folders(t, b)[0].Pages {
			if p.Over == 0 {
				n++
			}
		}
		return n
	}
	if n := waiting(); n != 1 {
		t.Fatalf("%d pages wait after a renewal; expected the first level's", n)
	}
	play(t, d, act(docket.ActLift, "trial", 40*minute))
	f := folders(t, b)[0]
	if n := waiting(); n != 0 || len(f.Pages) != 2 || f.Pages[0].Failed || f.Pages[1].Over != start.Add(40*minute) {
		t.Errorf("%d pages wait of %+v; expected both levels called, and none any more", n, f.Pages)
	}
	if n := sentences(f, "A person decided; pages that still waited are withdrawn: 2."); n != 1 {
		t.Errorf("it is said %d times; expected once", n)
	}
	play(t, d, act(docket.ActMessage, "trial", 50*minute), 66*minute)
	if n := waiting(); n != 1 {
		t.Errorf("%d pages wait; expected that a tenant who writes again is called about again", n)
	}
}

// R5: one decision does not silence the call for another: while an appeal waits for a person who
// did not take the decision, its page does.
func TestADecisionLeavesThePagesOfWhatWaitsStill(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	answered(t, d)
	play(t, d, finding("trial-2", "trial", 4*minute, evenkeel.Provisional, usage, wire), finding("trial-2", "trial", 6*minute, evenkeel.Final, usage, wire),
		act(docket.ActAppeal, "trial", 7*minute))
	var asked evenkeel.DecisionID
	for _, x := range folders(t, b)[0].Decisions {
		if x.State == evenkeel.Proposed {
			asked = x.ID
		}
	}
	refuse := act(docket.ActRefuse, "trial", 8*minute)
	refuse.Decision = asked
	play(t, d, refuse)
	f := folders(t, b)[0]
	if f.Appeals != 1 || len(f.Pages) != 1 || f.Pages[0].Over != 0 {
		t.Errorf("%d appeals are open, pages %+v; expected that the appeal's page waits", f.Appeals, f.Pages)
	}
}

// N: a bounce means not notified, for a person too: nothing above notify is put on whom nobody
// told. Called and heard, they know of it.
func TestAPersonPutsNothingMoreOnWhomNobodyTold(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire))
	asked := folders(t, b)[0].Decisions[0]
	untold := func(x evenkeel.Decision) {
		t.Helper()
		if err := d.Untold(context.Background(), evenkeel.NewNoticeID(x.ID, x.State), "550 no such mailbox", start.Add(minute)); err != nil {
			t.Fatal(err)
		}
	}
	untold(asked)
	play(t, d, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire))
	before := folders(t, b)[0]
	_, err := one(d, act(docket.ActApprove, "trial", 3*minute))
	if evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "the notice of notify ("+string(asked.ID)+") reached nobody") || !strings.Contains(evenkeel.HintOf(err), "call them") {
		t.Fatalf("it says %v; expected what reached nobody, and to call them", err)
	}
	if f := folders(t, b)[0]; len(f.Entries) != len(before.Entries) || len(f.Orders) != 0 {
		t.Errorf("%d entries more, %d orders; expected that nothing is kept of it", len(f.Entries)-len(before.Entries), len(f.Orders))
	}
	answer := act(docket.ActAnswer, "trial", 4*minute)
	answer.Contact = "owner"
	play(t, d, answer, act(docket.ActApprove, "trial", 5*minute))
	f := folders(t, b)[0]
	if s := standing(f); len(s) != 1 || f.Highest != evenkeel.MeasureThrottle {
		t.Errorf("%v stands; expected the throttle, once the tenant was heard", s)
	}
	if !slices.ContainsFunc(f.Entries, func(e evenkeel.Entry) bool { return e.Says == "The tenant, by its owner contact: answer." }) {
		t.Error("the timeline does not say which contact was reached")
	}
}

// N: packets at others, measured at the port, wait for nobody.
func TestAFloodIsLimitedThoughNobodyWasTold(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	known := many(2, false)
	considered(t, d, known, flooding(1, 0))
	f := folders(t, b)[0]
	for _, n := range f.Notices {
		if err := d.Untold(context.Background(), n.ID, "550 no such mailbox", start.Add(minute)); err != nil {
			t.Fatal(err)
		}
	}
	do(t, d, known, houseAct(docket.ActPull, "ada", 2*minute, scoped(docket.SwitchGlobal, "")))
	again := flooding(1, 3*minute)
	again.Revision = evenkeel.Final
	considered(t, d, known, again)
	for _, x := range folders(t, b)[0].Decisions {
		if x.State != evenkeel.Proposed {
			continue
		}
		a := act(docket.ActApprove, "t1", 4*minute)
		a.Family, a.Decision = "flood", x.ID
		if _, err := d.Do(context.Background(), d.LeftOpen(a), known); err != nil {
			t.Errorf("it says %v; expected that a person may go further against packets", err)
		}
		return
	}
	t.Errorf("%+v; expected a decision that waits for a person", folders(t, b)[0].Decisions)
}
