package judge_test

import (
	"context"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// heldIsolation brings about that an isolation of a machine is held for half an hour.
func heldIsolation(t *testing.T, d *judge.Docket, b books) evenkeel.Decision {
	t.Helper()
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, stratum), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, stratum),
		finding("trial-1", "trial", 61*minute, evenkeel.Final, usage, stratum))
	for _, x := range folders(t, b)[0].Decisions {
		if x.State == evenkeel.Held && x.Measure == evenkeel.MeasureIsolate {
			return x
		}
	}
	t.Fatalf("%+v; expected an isolation that is held", folders(t, b)[0].Decisions)
	return evenkeel.Decision{}
}

// N: a bounce means not notified. A hearing whose notice reached nobody does not run out into the
// measure; once somebody was told the whole time to be heard begins.
func TestAHearingOfWhichNobodyWasToldDoesNotRunOut(t *testing.T) {
	ctx := context.Background()
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	x := heldIsolation(t, d, b)
	length := x.From.Sub(start.Add(61 * minute))
	notice := evenkeel.NewNoticeID(x.ID, evenkeel.Held)
	if err := d.Untold(ctx, notice, "550 no such mailbox", start.Add(62*minute)); err != nil {
		t.Fatal(err)
	}
	if f := folders(t, b)[0]; len(f.Pages) != 1 || f.Pages[0].Page.For[0] != "ada" {
		t.Errorf("%+v; expected that ada is called as soon as it is known", f.Pages)
	}
	machine := docket.Delivery{Notice: notice, Channel: docket.ChannelEndpoint, To: "hook#0123456789ab", At: start.Add(63 * minute)}
	if err := d.Told(ctx, machine, start.Add(63*minute)); err != nil { // an endpoint took it, which is no person
		t.Fatal(err)
	}
	play(t, d, 3*time.Hour)
	f := folders(t, b)[0]
	if is := standsAs(f, x.ID); is != evenkeel.Held || sentences(f, "does not take effect: its notice reached nobody") != 1 {
		t.Fatalf("the isolation is %s; expected that it is held, and that it is said why, once", is)
	}
	told := start.Add(3*time.Hour + minute)
	if err := d.Told(ctx, docket.Delivery{Notice: notice, Channel: "mail", To: "billing#0123456789ab", At: told}, told); err != nil {
		t.Fatal(err)
	}
	play(t, d, 3*time.Hour+minute+length-1)
	if is := standsAs(folders(t, b)[0], x.ID); is != evenkeel.Held {
		t.Fatalf("the isolation is %s; expected the whole time to be heard from when somebody was told", is)
	}
	play(t, d, 6*time.Hour)
	if is := standsAs(folders(t, b)[0], x.ID); is == evenkeel.Held {
		t.Errorf("the isolation is %s; expected that it took effect after that", is)
	}
}

func standsAs(f docket.Folder, id evenkeel.DecisionID) evenkeel.DecisionState {
	for _, x := range f.Decisions {
		if x.ID == id {
			return x.State
		}
	}
	return 0
}

// N: where the question reached nobody, nothing above it is entered by a machine. A machine of the tenant's that
// took it is nobody.
func TestNothingIsEnforcedOnWhomNobodyTold(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire))
	asked := folders(t, b)[0].Decisions[0]
	if err := d.Untold(context.Background(), evenkeel.NewNoticeID(asked.ID, asked.State), "no contact is known", start.Add(minute)); err != nil {
		t.Fatal(err)
	}
	machine := docket.Delivery{Notice: evenkeel.NewNoticeID(asked.ID, asked.State), Channel: docket.ChannelEndpoint, To: "hook#0123456789ab", At: start.Add(minute)}
	if err := d.Told(context.Background(), machine, start.Add(minute)); err != nil {
		t.Fatal(err)
	}
	play(t, d, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire))
	f := folders(t, b)[0]
	last := f.Decisions[len(f.Decisions)-1]
	if last.State != evenkeel.Proposed || last.Wanted != evenkeel.MeasureThrottle || len(standing(f)) != 1 || len(f.Orders) != 0 {
		t.Errorf("%+v, %v stands; expected that a person is asked, and nothing is enforced", last, standing(f))
	}
}
