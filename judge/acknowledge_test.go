package judge_test

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// throttled is a docket with a case in which one machine is throttled.
func throttled(t tester) (*judge.Docket, books) {
	t.Helper()
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 30*time.Second, evenkeel.Final, usage, wire))
	return d, b
}

// orderOf returns the first order of a case, or the one to let go.
func orderOf(t tester, f docket.Folder, lift bool) evenkeel.Order {
	t.Helper()
	for _, o := range f.Orders {
		if o.Lift == lift {
			return o
		}
	}
	t.Fatal("there is no such order")
	return evenkeel.Order{}
}

// became returns what became of an order.
func became(f docket.Folder, id evenkeel.OrderID) docket.Dispatch {
	for _, d := range f.Dispatches {
		if d.Order == id {
			return d
		}
	}
	return docket.Dispatch{}
}

// told returns what the timeline says after the first n entries, each with what it quotes.
func told(f docket.Folder, n int) (out []string) {
	for _, e := range f.Entries[n:] {
		says := e.Kind.String() + ": " + e.Says
		if e.Words != "" {
			says += " [" + e.Words + "]"
		}
		out = append(out, says)
	}
	return out
}

func wantTold(t *testing.T, f docket.Folder, n int, want ...string) {
	t.Helper()
	if got := told(f, n); !slices.Equal(got, want) {
		t.Errorf("the timeline goes on with\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAReceiptIsAnEntryAndEndsItsOrder(t *testing.T) {
	ctx, now := t.Context(), start.Add(time.Minute)
	for _, c := range []struct {
		name    string
		receipt evenkeel.Receipt
		want    string
		state   string
		open    int // how many measures are unconfirmed or failed then
	}{
		{"applied", evenkeel.Receipt{Node: "host-7", State: evenkeel.ReceiptApplied, Effect: "cpu 20%"}, "enforced: throttle of trial-1: host-7 applied it. [cpu 20%]", "applied", 0},
		{"refused", evenkeel.Receipt{Node: "host-7", State: evenkeel.ReceiptRefused, Why: "no such machine"}, "enforced: throttle of trial-1: host-7 refused. [no such machine]", "refused", 1},
		{"taken only", evenkeel.Receipt{Node: "host-7"}, "enforced: throttle of trial-1: host-7 took the order and has not confirmed it.", "unconfirmed", 1},
		{"lapsed", evenkeel.Receipt{Node: "shield", State: evenkeel.ReceiptLapsed, Why: "not sent: its end has come"}, "enforced: throttle of trial-1: shield says that its time was up. [not sent: its end has come]", "lapsed", 1},
		{"lifted", evenkeel.Receipt{State: evenkeel.ReceiptLifted, Effect: "gone", Why: "asked"}, "enforced: throttle of trial-1: a node that gave no name let go. [gone\nasked]", "lifted", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, b := throttled(t)
			before := folders(t, b)[0]
			if before.Unconfirmed != 1 {
				t.Fatalf("%d measures are unconfirmed before anybody says anything", before.Unconfirmed)
			}
			o := orderOf(t, before, false)
			c.receipt.Order = o.ID
			for range 2 { // twice is once
				if err := d.Acknowledge(ctx, c.receipt, now); err != nil {
					t.Fatal(err)
				}
			}
			f := folders(t, b)[0]
			want := []string{c.want}
			gone := c.receipt.State == evenkeel.ReceiptRefused || c.receipt.State == evenkeel.ReceiptLifted
			pages := 0
			if c.receipt.State == evenkeel.ReceiptLifted { // a machine enters nothing in its place
				want = append(want, "clock: Level 1 is called. A node that gave no name let go of the throttle of trial-1, and nothing holds it any more: the case says why. Renew it to have it ordered again, or lift it.")
				pages++
			}
			if gone {
				want = append(want, saidUndone)
			}
			if len(f.Pages) != len(before.Pages)+pages {
				t.Errorf("%d pages; expected %d more than %d", len(f.Pages), pages, len(before.Pages))
			}
			wantTold(t, f, len(before.Entries), want...)
			e := f.Entries[len(before.Entries)]
			if e.At != now || e.Ref != string(o.ID) || e.Decision != o.Decision || e.State != c.state || e.Actor != (evenkeel.Actor{}) {
				t.Errorf("the entry is %+v", e)
			}
			c.receipt.At = now // where the node does not say when, it is now
			if x := became(f, o.ID); x.Over != now || x.Failed || x.Receipt != c.receipt || x.Heard != 1 {
				t.Errorf("what is kept of the order is %+v", x)
			}
			failed := 0
			if gone {
				failed = c.open
			}
			if f.Failed != failed || f.Unconfirmed != c.open-failed {
				t.Errorf("%d measures are unconfirmed, %d failed; expected %d, %d", f.Unconfirmed, f.Failed, c.open-failed, failed)
			}
		})
	}
}

// TestPeopleAreCalledEachTimeThatAMeasureFalls, whatever the tenant was told before; and where it never was carried out they are not.
func TestPeopleAreCalledEachTimeThatAMeasureFalls(t *testing.T) {
	const applied, refused, lapsed, lifted = evenkeel.ReceiptApplied, evenkeel.ReceiptRefused, evenkeel.ReceiptLapsed, evenkeel.ReceiptLifted
	for _, c := range []struct {
		come  []evenkeel.ReceiptState
		pages int
	}{
		{[]evenkeel.ReceiptState{refused}, 0}, {[]evenkeel.ReceiptState{applied, lapsed}, 0},
		{[]evenkeel.ReceiptState{applied, refused}, 1}, {[]evenkeel.ReceiptState{refused, lifted}, 1},
		{[]evenkeel.ReceiptState{refused, applied, lifted}, 1}, {[]evenkeel.ReceiptState{refused, applied, refused, applied, refused}, 2},
	} {
		d, b := throttled(t)
		before := folders(t, b)[0]
		o := orderOf(t, before, false)
		for n, state := range c.come {
			at := start.Add(time.Duration(10+n) * time.Minute)
			if err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: o.ID, Node: "host-7", State: state, At: at}, at); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(folders(t, b)[0].Pages) - len(before.Pages); n != c.pages {
			t.Errorf("%v: people are called %d times; expected %d", c.come, n, c.pages)
		}
	}
}

// TestWhichReceiptStands: each case tells receipts in the order in which they come; the last is
// what is kept, and the entries are how many of them were written down.
func TestWhichReceiptStands(t *testing.T) {
	const taken, applied, refused, lapsed, lifted = 0, evenkeel.ReceiptApplied, evenkeel.ReceiptRefused, evenkeel.ReceiptLapsed, evenkeel.ReceiptLifted
	type said struct {
		state evenkeel.ReceiptState
		at    int
	}
	for _, c := range []struct {
		name    string
		come    []said
		stands  evenkeel.ReceiptState
		entries int
	}{
		{"one with a state takes the place of one without", []said{{taken, 1}, {applied, 2}}, applied, 2},
		{"one with a state that is older does too", []said{{taken, 2}, {applied, 1}}, applied, 2},
		{"one without a state says nothing new", []said{{refused, 1}, {taken, 2}, {taken, 3}}, refused, 1},
		{"a later one takes the place of an earlier one", []said{{applied, 1}, {lapsed, 2}}, lapsed, 2},
		{"an older one that comes late is written down and does not stand", []said{{refused, 2}, {applied, 1}}, refused, 2},
		{"it is written down once", []said{{refused, 2}, {applied, 1}, {applied, 1}}, refused, 2},
		{"the same with another time is the same", []said{{applied, 1}, {applied, 5}, {applied, 3}}, applied, 1},
		{"applied does not stand after it lapsed", []said{{lapsed, 1}, {applied, 2}}, lapsed, 2},
		{"applied does not stand after it was let go", []said{{lifted, 1}, {applied, 2}}, lifted, 2},
		{"applied after a refusal stands", []said{{refused, 1}, {applied, 2}}, applied, 2},
		{"a refusal after it was applied stands", []said{{applied, 1}, {refused, 2}}, refused, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, b := throttled(t)
			before := folders(t, b)[0]
			o := orderOf(t, before, false)
			for n, s := range c.come {
				r := evenkeel.Receipt{Order: o.ID, Node: "host-7", State: s.state, At: start.Add(time.Duration(s.at) * time.Minute)}
				if err := d.Acknowledge(t.Context(), r, start.Add(time.Duration(10+n)*time.Minute)); err != nil {
					t.Fatal(err)
				}
			}
			f := folders(t, b)[0]
			x := became(f, o.ID)
			n := len(f.Entries) - len(before.Entries) - len(corrections(f)) - (len(f.Pages) - len(before.Pages))
			if x.Receipt.State != c.stands || n != c.entries || x.Heard != c.entries {
				t.Errorf("%s stands, %d entries, %d heard; expected %s and %d\n%s", x.Receipt.State, n, x.Heard, c.stands, c.entries, strings.Join(told(f, len(before.Entries)), "\n"))
			}
			if x.Over != start.Add(10*time.Minute) {
				t.Errorf("the order is over since %s; expected since the first receipt", x.Over)
			}
		})
	}
}

func TestAnAppliedOrderDoesNotConfirmTheLift(t *testing.T) {
	d, b := throttled(t)
	play(t, d, act(docket.ActLift, "trial", 5*minute))
	before := folders(t, b)[0]
	enforce, lift := orderOf(t, before, false), orderOf(t, before, true)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := start.Add(6 * time.Minute)
	ok(d.Acknowledge(t.Context(), evenkeel.Receipt{Order: enforce.ID, Node: "host-7", State: evenkeel.ReceiptApplied}, now))
	if x := became(folders(t, b)[0], lift.ID); x.Over != 0 || x.Receipt.Order != "" {
		t.Errorf("the order to let go is %+v; expected that it waits", x)
	}
	err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: lift.ID, Node: "host-7", State: evenkeel.ReceiptApplied}, now)
	if evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("that an order to let go was applied: %v; expected that this is not taken", err)
	}
	ok(d.Acknowledge(t.Context(), evenkeel.Receipt{Order: lift.ID, Node: "host-7", State: evenkeel.ReceiptLifted}, now))
	wantTold(t, folders(t, b)[0], len(before.Entries),
		"enforced: throttle of trial-1: host-7 applied it.", "enforced: end of the throttle of trial-1: host-7 let go.")
}

func TestAnOrderThatNobodyTookIsMissed(t *testing.T) {
	d, b := throttled(t)
	before := folders(t, b)[0]
	o := orderOf(t, before, false)
	for n := range 2 { // once it is over, it stays as it ended
		if err := d.Missed(t.Context(), o.ID, fmt.Sprintf("answer %d: gone", n), start.Add(time.Duration(n+1)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	f := folders(t, b)[0]
	wantTold(t, f, len(before.Entries), "enforced: throttle of trial-1: nobody took the order. [answer 0: gone]", saidUndone)
	if x := became(f, o.ID); !x.Failed || x.Over != start.Add(time.Minute) || x.Why != "answer 0: gone" || f.Unconfirmed != 0 || f.Failed != 1 {
		t.Errorf("what became of it is %+v; %d unconfirmed, %d failed", x, f.Unconfirmed, f.Failed)
	}
	// a node that says so later all the same is believed
	if err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: o.ID, Node: "host-7", State: evenkeel.ReceiptApplied}, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	f = folders(t, b)[0]
	if x := became(f, o.ID); !x.Failed || x.Receipt.State != evenkeel.ReceiptApplied || f.Unconfirmed != 0 {
		t.Errorf("what became of it is %+v; %d unconfirmed, %d failed", x, f.Unconfirmed, f.Failed)
	}
	// what was taken was not missed
	play(t, d, act(docket.ActLift, "trial", 90*minute))
	lift, before := orderOf(t, folders(t, b)[0], true), folders(t, b)[0]
	if err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: lift.ID}, start.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := d.Missed(t.Context(), lift.ID, "late", start.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantTold(t, folders(t, b)[0], len(before.Entries), "enforced: end of the throttle of trial-1: a node that gave no name took the order and has not confirmed it.")
}

func TestADeliveryIsAnEntryWithoutAnAddress(t *testing.T) {
	d, b := throttled(t)
	before := folders(t, b)[0]
	n := before.Notices[0]
	mail := docket.Delivery{Notice: n.ID, Channel: "mail", To: "owner", Message: "<" + string(n.ID) + "@cloud.example>", At: start, Says: "250 2.1.5 <ann.owner@raisup.example> accepted"}
	refused := docket.Delivery{Notice: n.ID, Channel: "mail", To: "abuse", At: start, Refused: true, Says: `550 "no one"@raisup.example unknown, nor abuse@raisup.example; try x@y`}
	hook := docket.Delivery{Notice: n.ID, Channel: "webhook", At: start, Says: "204"}
	for _, x := range []docket.Delivery{mail, refused, mail, hook} {
		if err := d.Told(t.Context(), x, start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	f := folders(t, b)[0]
	wantTold(t, f, len(before.Entries),
		"told: The notice went to the owner contact by mail. [250 2.1.5 <(address)> accepted]",
		"told: The notice that went to the abuse contact by mail was refused for good. [550 (address) unknown, nor (address); try (address)]",
		"told: The notice went out by webhook. [204]")
	if e := f.Entries[len(before.Entries)]; e.Ref != string(n.ID) || e.Decision != n.Decision || e.State != "delivered" || e.At != start.Add(time.Minute) {
		t.Errorf("the entry is %+v", e)
	}
	mail.Says, refused.Says = "250 2.1.5 <(address)> accepted", "550 (address) unknown, nor (address); try (address)"
	if x := f.Dispatches[0]; x.Over != 0 || !slices.Equal(x.Deliveries, []docket.Delivery{mail, refused, hook}) {
		t.Errorf("what became of the notice is %+v", x)
	}
	err := d.Told(t.Context(), docket.Delivery{Notice: n.ID, Channel: "mail", To: "ann@raisup.example"}, start)
	err2 := d.Told(t.Context(), docket.Delivery{Notice: n.ID, To: "owner"}, start)
	if evenkeel.KindOf(err) != evenkeel.KindInvalid || strings.Contains(err.Error(), "ann") || evenkeel.KindOf(err2) != evenkeel.KindInvalid {
		t.Errorf("an address, and no channel: %v, %v; expected that neither is taken, and the address not repeated", err, err2)
	}
}

func TestANoticeEndsWhenAllAreToldOrNobodyCouldBe(t *testing.T) {
	d, b := throttled(t)
	play(t, d, act(docket.ActLift, "trial", 5*minute))
	before := folders(t, b)[0]
	told, untold := before.Notices[0].ID, before.Notices[1].ID
	for n := range 2 {
		now := start.Add(time.Duration(n+6) * time.Minute)
		if err := d.AllTold(t.Context(), told, now); err != nil {
			t.Fatal(err)
		}
		if err := d.Untold(t.Context(), untold, "550 ann@raisup.example is unknown", now); err != nil {
			t.Fatal(err)
		}
		if err := d.Untold(t.Context(), told, "late", now); err != nil {
			t.Fatal(err)
		}
	}
	f := folders(t, b)[0]
	wantTold(t, f, len(before.Entries), "told: The notice could not be delivered: nobody was told. [550 (address) is unknown]",
		"clock: Level 1 is called. The notice of throttle reached nobody: whoever bears it was not told why.")
	if x := f.Dispatches[0]; x.Over != start.Add(6*time.Minute) || x.Failed {
		t.Errorf("what became of the first is %+v", x)
	}
	if x := f.Dispatches[1]; x.Over != start.Add(6*time.Minute) || !x.Failed || x.Why != "550 (address) is unknown" {
		t.Errorf("what became of the second is %+v", x)
	}
}

func TestEveryLookIsAnEntry(t *testing.T) {
	d, b := throttled(t)
	before := folders(t, b)[0]
	for n := range 2 {
		if err := d.Look(t.Context(), before.Case.ID, "ada", start.Add(time.Duration(n+1)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	f := folders(t, b)[0]
	wantTold(t, f, len(before.Entries), "looked: ada looked at the case.", "looked: ada looked at the case.")
	if e := f.Entries[len(f.Entries)-1]; e.Actor.Person != "ada" || e.Actor.Policy != "" || e.At != start.Add(2*time.Minute) {
		t.Errorf("the entry is %+v", e)
	}
	f.Entries = before.Entries
	if !reflect.DeepEqual(f, before) {
		t.Error("a look changed more than the timeline")
	}
}

func TestWhatNobodySentIsNotFound(t *testing.T) {
	d, b := throttled(t)
	before, ctx := folders(t, b), t.Context()
	for name, err := range map[string]error{
		"receipt": d.Acknowledge(ctx, evenkeel.Receipt{Order: "o-none"}, start), "missed": d.Missed(ctx, "o-none", "", start),
		"told": d.Told(ctx, docket.Delivery{Notice: "n-none", Channel: "mail"}, start), "untold": d.Untold(ctx, "n-none", "", start),
		"all told": d.AllTold(ctx, "n-none", start), "look": d.Look(ctx, "c-none", "ada", start),
	} {
		if err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("%s: %v; expected that it is not found", name, err)
		}
	}
	for name, err := range map[string]error{
		"a state that does not exist": d.Acknowledge(ctx, evenkeel.Receipt{Order: before[0].Orders[0].ID, State: 99}, start),
		"no time":                     d.Acknowledge(ctx, evenkeel.Receipt{Order: before[0].Orders[0].ID}, 0), "nobody": d.Look(ctx, before[0].Case.ID, "", start),
	} {
		if err == nil || evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v; expected that it is invalid", name, err)
		}
	}
	if after := folders(t, b); !reflect.DeepEqual(after, before) {
		t.Error("the books changed")
	}
}

func TestWhatOthersSendIsBounded(t *testing.T) {
	d, b := throttled(t)
	before := folders(t, b)[0]
	o, n := orderOf(t, before, false), before.Notices[0].ID
	long := strings.Repeat("я", 4000)
	for i := range docket.MaxHeard + 5 {
		r := evenkeel.Receipt{Order: o.ID, Node: "host-7", State: evenkeel.ReceiptApplied, Effect: fmt.Sprint(i, long), At: start.Add(time.Duration(i))}
		if err := d.Acknowledge(t.Context(), r, start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	f := folders(t, b)[0]
	if got := len(f.Entries) - len(before.Entries); got != docket.MaxHeard || became(f, o.ID).Heard != docket.MaxHeard {
		t.Errorf("%d receipts are written down; expected %d", got, docket.MaxHeard)
	}
	last := f.Entries[len(f.Entries)-1]
	if !strings.HasSuffix(last.Says, "is not written down.") || strings.HasSuffix(f.Entries[len(f.Entries)-2].Says, "is not written down.") {
		t.Errorf("the last entry says %q", last.Says)
	}
	if size := len(last.Words); size > 2<<10 || !strings.HasSuffix(last.Words, "я…") {
		t.Errorf("%d bytes of what a node says are kept", size)
	}
	var err error
	for i := range docket.MaxDeliveries + 1 {
		err = d.Told(t.Context(), docket.Delivery{Notice: n, Channel: "mail", To: fmt.Sprint("contact ", i), Says: "bad \xff bytes"}, start)
	}
	f = folders(t, b)[0]
	if got := f.Dispatches[0].Deliveries; evenkeel.KindOf(err) != evenkeel.KindConflict || len(got) != docket.MaxDeliveries || got[0].Says != "bad \uFFFD bytes" {
		t.Errorf("%v; %d deliveries are kept", err, len(got))
	}
}

func TestAnErasedKeyKeepsNothingFromBeingWrittenDown(t *testing.T) {
	d, b := throttled(t)
	if err := b.(interface {
		EraseKey(context.Context, evenkeel.TenantID) error
	}).EraseKey(t.Context(), "trial"); err != nil {
		t.Fatal(err)
	}
	f := folders(t, b)[0]
	if err := d.Acknowledge(t.Context(), evenkeel.Receipt{Order: f.Orders[0].ID}, start); err != nil {
		t.Error(err)
	}
	if err := d.Look(t.Context(), f.Case.ID, "ada", start); err != nil {
		t.Error(err)
	}
}

// carriedOut leaves out of a notice what it says of the carrying out; of a closing one, which
// decision it is about. It says whether it is one.
func carriedOut(n *evenkeel.Notice) (closing bool) {
	if n.ID == evenkeel.NewClosingID(n.Case, n.At) {
		*n = evenkeel.Notice{ID: n.ID, At: n.At, Outcome: n.Outcome, Says: n.Says}
		return true
	}
	var each []evenkeel.Beside // asset by asset: what is carried out and what is not stand apart
	for _, b := range n.Beside {
		for _, a := range b.Assets {
			each = append(each, evenkeel.Beside{Measure: b.Measure, Assets: []evenkeel.AssetID{a}, State: b.State})
		}
	}
	slices.SortFunc(each, func(a, b evenkeel.Beside) int {
		return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.State, b.State), cmp.Compare(a.Assets[0], b.Assets[0]))
	})
	n.Undone, n.Beside = false, slices.CompactFunc(each, func(a, b evenkeel.Beside) bool {
		return a.Measure == b.Measure && a.State == b.State && a.Assets[0] == b.Assets[0]
	})
	return false
}

// TestWhatComesBackDecidesNothing plays the same history with and without receipts, deliveries
// and looks in between. Corrections of notices and who was tried before a measure are all that may be more, and
// what a notice says of the carrying out is all that may be otherwise. What reached nobody is not here: it does decide
// (TestNothingIsEnforcedOnWhomNobodyTold).
func TestWhatComesBackDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain, noisy := newBooks(), newBooks()
		a, b := newDocket(t, plain), newDocket(t, noisy)
		for _, x := range drawHistory(t) {
			_, errA := one(a, x)
			_, errB := one(b, x)
			if (errA == nil) != (errB == nil) {
				t.Fatalf("%+v: %v without, %v with what comes back", x, errA, errB)
			}
			for _, f := range folders(t, noisy) {
				comeBack(t, b, &f, timeOf(x))
			}
		}
		got, want := folders(t, noisy), folders(t, plain)
		for _, all := range [][]docket.Folder{got, want} {
			for i := range all { // which decides nothing
				all[i].Dispatches = nil
				r := all[i].Row
				all[i].Row = docket.Row{Case: r.Case, Highest: r.Highest, Proposed: r.Proposed, Held: r.Held, Due: r.Due, DueKind: r.DueKind, Cleared: r.Cleared}
				var corrected []string
				closings := map[string]bool{}
				for j := range all[i].Notices {
					closings[string(all[i].Notices[j].ID)] = carriedOut(&all[i].Notices[j])
				}
				all[i].Notices = slices.DeleteFunc(all[i].Notices, func(n evenkeel.Notice) bool {
					more := corrects(&n)
					if more {
						corrected = append(corrected, string(n.ID))
					}
					return more
				})
				all[i].Pages = slices.DeleteFunc(all[i].Pages, func(p docket.Calling) bool {
					letGo := strings.Contains(p.Page.Why, ", and nothing holds it any more: ")
					if letGo {
						corrected = append(corrected, string(p.Page.ID))
					}
					return letGo
				})
				if len(all[i].Pages) == 0 {
					all[i].Pages = nil
				}
				all[i].Entries = slices.DeleteFunc(all[i].Entries, func(e evenkeel.Entry) bool {
					return slices.Contains(corrected, e.Ref) || e.Kind == evenkeel.EntryLooked || e.Kind == evenkeel.EntryEnforced || e.Kind == evenkeel.EntryToldTo && e.State != "" ||
						e.State == "withdrawn" || strings.HasPrefix(e.Says, "Tried before ") || strings.HasPrefix(e.Says, "Not reached before ")
				})
				for n := range all[i].Entries {
					e := &all[i].Entries[n]
					e.Seq = int64(n + 1)
					if closings[e.Ref] {
						e.Decision = ""
					}
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("the books differ:\n%+v\n%+v", got, want)
		}
	})
}

// comeBack lets anything come back about a case.
func comeBack(t *rapid.T, d *judge.Docket, f *docket.Folder, now evenkeel.Moment) {
	ctx := context.Background()
	var errs []error
	if rapid.Bool().Draw(t, "look") {
		errs = append(errs, d.Look(ctx, f.Case.ID, "ada", now))
	}
	for _, o := range f.Orders {
		states := []evenkeel.ReceiptState{0, evenkeel.ReceiptRefused, evenkeel.ReceiptLapsed, evenkeel.ReceiptLifted, evenkeel.ReceiptApplied}
		if o.Lift {
			states = states[:4]
		}
		switch rapid.IntRange(0, 3).Draw(t, "of an order") {
		case 0:
			errs = append(errs, d.Acknowledge(ctx, evenkeel.Receipt{Order: o.ID, Node: "host-7", State: rapid.SampledFrom(states).Draw(t, "state")}, now))
		case 1:
			errs = append(errs, d.Missed(ctx, o.ID, "gone", now))
		}
	}
	for _, n := range f.Notices {
		of := rapid.IntRange(0, 4).Draw(t, "of a notice")
		if of < 2 {
			errs = append(errs, d.Told(ctx, docket.Delivery{Notice: n.ID, Channel: "mail", To: "owner"}, now))
		}
		if of == 1 {
			errs = append(errs, d.AllTold(ctx, n.ID, now))
		}
	}
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsOnPaperIsNotToldAsIfSomebodyHadIt(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage))
	n := folders(t, b)[0].Notices[0]
	if err := d.Told(t.Context(), docket.Delivery{Notice: n.ID, Channel: docket.ChannelPaper, To: "owner", At: start, Says: "written down"}, start); err != nil {
		t.Fatal(err)
	}
	e := folders(t, b)[0].Entries
	if last := e[len(e)-1]; last.State != "on_paper" || !strings.Contains(last.Says, "nobody got it") {
		t.Errorf("%+v; expected that nobody got it", last)
	}
}
