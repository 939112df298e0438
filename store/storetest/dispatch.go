package storetest

import (
	"context"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func aReceipt(o evenkeel.Order, state evenkeel.ReceiptState) evenkeel.Receipt {
	return evenkeel.Receipt{Order: o.ID, Node: "host-7", State: state, Effect: "cpu 20%", At: at(3)}
}

// aDelivery is the nth one of a notice.
func aDelivery(n evenkeel.Notice, nth int) docket.Delivery {
	return docket.Delivery{Notice: n.ID, Channel: "mail", To: "owner", Message: "<" + string(n.ID) + ">", At: at(nth), Says: "250 accepted"}
}

// sentOrder reads an order in a transaction.
func (s *scene) sentOrder(id evenkeel.OrderID) (o docket.SentOrder) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		o, err = tx.Order(id)
		return err
	})
	return o
}

func (s *scene) sentNotice(id evenkeel.NoticeID) (n docket.SentNotice) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		n, err = tx.Notice(id)
		return err
	})
	return n
}

// undone are the decisions of a case whose order nobody carries out.
func (s *scene) undone(c evenkeel.CaseID) (out []evenkeel.DecisionID) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		out, err = tx.Undone(c)
		return err
	})
	return out
}

// sent puts a case with one decision in force, its order and its notice.
func (s *scene) sent() (evenkeel.Case, evenkeel.Decision, evenkeel.Order, evenkeel.Notice) {
	s.t.Helper()
	c := aCase("raisup", "mining", 0)
	d := aDecision(c, 1, evenkeel.InForce)
	o, n := anOrder(d, false), aNotice(d)
	s.put(docket.Changes{
		Cases: []evenkeel.Case{c}, Entries: []evenkeel.Entry{anEntry(c, 1), anEntry(c, 2)}, Decisions: []evenkeel.Decision{d},
		Orders: []evenkeel.Order{o}, Notices: []evenkeel.Notice{n},
	})
	return c, d, o, n
}

var dispatches = []promise{
	{"what nobody carries out is known by its case", func(t *testing.T, s *scene) {
		c, d, o, _ := s.sent()
		lift := anOrder(d, true)
		s.put(docket.Changes{Orders: []evenkeel.Order{lift}})
		none, this := []evenkeel.DecisionID(nil), []evenkeel.DecisionID{d.ID}
		same(t, "what waits", s.undone(c.ID), none)
		s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(lift, evenkeel.ReceiptRefused)}})
		same(t, "what is not let go", s.undone(c.ID), none)
		s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(o, evenkeel.ReceiptRefused)}})
		same(t, "what was refused", s.undone(c.ID), this)
		s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(o, evenkeel.ReceiptApplied)}})
		same(t, "what was applied after all", s.undone(c.ID), none)
		same(t, "of another case", s.undone("c-none"), none)
	}},
	{"what was given up is known by its case, until somebody says something", func(t *testing.T, s *scene) {
		c, d, o, _ := s.sent()
		s.put(docket.Changes{Endings: []docket.Ending{{Order: o.ID, At: at(9), Failed: true, Why: "gone"}}})
		same(t, "what was given up", s.undone(c.ID), []evenkeel.DecisionID{d.ID})
		s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(o, evenkeel.ReceiptApplied)}})
		same(t, "what was applied after all", s.undone(c.ID), []evenkeel.DecisionID(nil))
	}},
	{"an order is found with its case and what became of it", func(t *testing.T, s *scene) {
		c, _, o, _ := s.sent()
		want := docket.SentOrder{Case: c, Entries: 2, Order: o, Dispatch: docket.Dispatch{Order: o.ID}}
		same(t, "the order", s.sentOrder(o.ID), want)
		s.noError(s.books.RetryOrder(t.Context(), o.ID, at(9), "no answer"))
		want.Dispatch.Attempts, want.Dispatch.Next, want.Dispatch.Why = 1, at(9), "no answer"
		same(t, "the order that was put off", s.sentOrder(o.ID), want)
		r := aReceipt(o, evenkeel.ReceiptApplied)
		s.put(docket.Changes{Receipts: []evenkeel.Receipt{r}, Endings: []docket.Ending{{Order: o.ID, At: at(4)}}, Entries: []evenkeel.Entry{anEntry(c, 3)}})
		want.Entries, want.Dispatch.Next, want.Dispatch.Over, want.Dispatch.Receipt, want.Dispatch.Heard = 3, 0, at(4), r, 1
		same(t, "the order that was taken", s.sentOrder(o.ID), want)
		same(t, "the order alone", must(t, func(ctx context.Context) (evenkeel.Order, error) { return s.books.OrderOf(ctx, o.ID) }), o)
	}},
	{"a notice is found with its case and what became of it", func(t *testing.T, s *scene) {
		c, _, _, n := s.sent()
		s.put(docket.Changes{Deliveries: []docket.Delivery{aDelivery(n, 5), aDelivery(n, 3)}})
		s.put(docket.Changes{Deliveries: []docket.Delivery{aDelivery(n, 4)}, Endings: []docket.Ending{{Notice: n.ID, At: at(6), Failed: true, Why: "refused"}}})
		same(t, "the notice", s.sentNotice(n.ID), docket.SentNotice{Case: c, Entries: 2, Notice: n, Dispatch: docket.Dispatch{
			Notice: n.ID, Over: at(6), Failed: true, Why: "refused", Deliveries: []docket.Delivery{aDelivery(n, 5), aDelivery(n, 3), aDelivery(n, 4)},
		}})
	}},
	{"what nobody wrote is not found, and nothing can become of it", func(t *testing.T, s *scene) {
		_, _, o, n := s.sent()
		s.transact(func(tx docket.Tx) error {
			_, err := tx.Order("o-none")
			_, err2 := tx.Notice("n-none")
			_, err3 := s.books.OrderOf(t.Context(), "o-none")
			for _, err := range []error{err, err2, err3} {
				if err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
					t.Errorf("says %v; expected that it is not found", err)
				}
			}
			return nil
		})
		unknown := o
		unknown.ID = "o-none"
		for _, c := range []docket.Changes{
			{Receipts: []evenkeel.Receipt{aReceipt(unknown, evenkeel.ReceiptApplied)}}, {Receipts: []evenkeel.Receipt{aReceipt(o, 99)}},
			{Deliveries: []docket.Delivery{{Notice: "n-none"}}}, {Endings: []docket.Ending{{Order: "o-none", At: 1}}}, {Endings: []docket.Ending{{Notice: "n-none", At: 1}}},
			{Endings: []docket.Ending{{At: 1}}}, {Endings: []docket.Ending{{Order: o.ID, Notice: n.ID, At: 1}}}, {Endings: []docket.Ending{{Order: o.ID}}},
		} {
			s.refused(c, evenkeel.KindInvalid)
		}
	}},
	{"what is over stays as it ended", func(t *testing.T, s *scene) {
		c, _, o, n := s.sent()
		s.put(docket.Changes{Endings: []docket.Ending{{Order: o.ID, At: at(4)}, {Notice: n.ID, At: at(5), Failed: true, Why: "first"}}})
		s.put(docket.Changes{Endings: []docket.Ending{{Order: o.ID, At: at(8), Failed: true, Why: "late"}, {Notice: n.ID, At: at(9), Why: "late"}}})
		s.noError(s.books.RetryOrder(t.Context(), o.ID, at(99), "late"))
		s.noError(s.books.RetryNotice(t.Context(), n.ID, at(99), "late"))
		same(t, "what became of them", s.folder(c.ID).Dispatches, []docket.Dispatch{
			{Notice: n.ID, Over: at(5), Failed: true, Why: "first"}, {Order: o.ID, Over: at(4)},
		})
	}},
	{"a receipt takes the place of the one before, and is counted", func(t *testing.T, s *scene) {
		_, _, o, _ := s.sent()
		s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(o, 0)}})
		d := s.sentOrder(o.ID).Dispatch
		same(t, "one that confirms nothing", d, docket.Dispatch{Order: o.ID, Receipt: aReceipt(o, 0), Heard: 1})
		s.put(docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(o, evenkeel.ReceiptRefused)}})
		d = s.sentOrder(o.ID).Dispatch
		same(t, "the next one", d, docket.Dispatch{Order: o.ID, Receipt: aReceipt(o, evenkeel.ReceiptRefused), Heard: 2})
	}},
	{"a folder says what became of its notices and of its orders, in the order of their writing", func(t *testing.T, s *scene) {
		c, d, o, n := s.sent()
		other := aDecision(c, 0, evenkeel.InForce)
		stranger := aCase("stranger", "mining", 2)
		theirs := aDecision(stranger, 0, evenkeel.InForce)
		s.put(docket.Changes{
			Cases: []evenkeel.Case{stranger}, Decisions: []evenkeel.Decision{other, theirs}, Orders: []evenkeel.Order{anOrder(theirs, false), anOrder(d, true), anOrder(other, false)},
			Notices: []evenkeel.Notice{aNotice(theirs), aNotice(other)}, Deliveries: []docket.Delivery{aDelivery(aNotice(theirs), 1), aDelivery(n, 2)},
		})
		same(t, "what became of them", s.folder(c.ID).Dispatches, []docket.Dispatch{
			{Notice: n.ID, Deliveries: []docket.Delivery{aDelivery(n, 2)}}, {Notice: aNotice(other).ID}, {Order: o.ID}, {Order: anOrder(d, true).ID}, {Order: anOrder(other, false).ID},
		})
	}},
	{"a measure in force is unconfirmed, failed, on paper or confirmed, by the last receipt of its order", carriedOut},
	{"a notice of what stands is untold as long as nobody has it, once an attempt came to nothing or it is over", untold},
}

func untold(t *testing.T, s *scene) {
	c, d, _, n := s.sent() // a throttle in force
	held, asked := aDecision(c, 2, evenkeel.Held), aDecision(c, 3, evenkeel.InForce)
	shadow, over := aDecision(c, 4, evenkeel.InForce), aDecision(c, 5, evenkeel.Lapsed)
	asked.Measure, shadow.Mode = evenkeel.MeasureNotify, evenkeel.ModeShadow
	heard, question, secret, late := aNotice(held), aNotice(asked), aNotice(shadow), aNotice(over)
	corrected := n
	corrected.ID = evenkeel.NewUndoneID(d.ID, true)
	received := n
	received.Receipt, received.ID = "R-1", evenkeel.NewReceiptID(d.ID, "R-1")
	turn := heard
	turn.Reminder, turn.Turn, turn.ID = true, 1, evenkeel.NewTurnID(held.ID, held.State, 1)
	s.put(docket.Changes{
		Decisions: []evenkeel.Decision{held, asked, shadow, over},
		Notices:   []evenkeel.Notice{heard, question, secret, late, corrected, received, turn},
	})
	puts := func(c docket.Changes) func() { return func() { s.put(c) } }
	delivered := func(n evenkeel.Notice, channel string, refused bool) func() {
		x := aDelivery(n, 1)
		x.Channel, x.Refused = channel, refused
		return puts(docket.Changes{Deliveries: []docket.Delivery{x}})
	}
	ended := func(n evenkeel.Notice, failed bool) func() {
		return puts(docket.Changes{Endings: []docket.Ending{{Notice: n.ID, At: at(4), Failed: failed, Why: "nobody answers"}}})
	}
	putOff := func(n evenkeel.Notice) func() {
		return func() { s.noError(s.books.RetryNotice(t.Context(), n.ID, at(5), "no contact is known")) }
	}
	lifted := d
	lifted.State = evenkeel.Lifted
	for _, step := range []struct {
		what            string
		do              func()
		untold, unaware int
	}{
		{"nothing", func() {}, 0, 0},
		{"the first attempt came to nothing", putOff(n), 1, 1},
		{"the next one did, too", putOff(n), 1, 1},
		{"it was refused for good", delivered(n, "mail", true), 1, 1},
		{"it was written down beside", delivered(n, docket.ChannelPaper, false), 1, 1},
		{"a machine took it, which is nobody", delivered(n, docket.ChannelEndpoint, false), 1, 1},
		{"somebody has it after all", delivered(n, "webhook", false), 0, 0},
		{"a machine refused it, which is no bounce", delivered(n, docket.ChannelEndpoint, true), 0, 0},
		{"what somebody had came back", delivered(n, "webhook", true), 1, 1},
		{"it went on another way", delivered(n, "mail by hand", false), 0, 0},
		{"it is over", ended(n, false), 0, 0},
		{"its correction was given up", ended(corrected, true), 1, 1},
		{"the receipt of an appeal was given up", ended(received, true), 1, 1},
		{"nobody has the role whose turn it is", ended(turn, false), 1, 1},
		{"nobody can be asked for a hearing", putOff(heard), 2, 1},
		{"a question is over, and went to nobody", ended(question, false), 3, 1},
		{"one of a shadow was given up", ended(secret, true), 3, 1},
		{"one of what is over was given up", ended(late, true), 3, 1},
		{"the hearing was written down", delivered(heard, docket.ChannelPaper, false), 3, 1},
		{"which is all that there is", ended(heard, false), 2, 1},
		{"the throttle was lifted", puts(docket.Changes{Decisions: []evenkeel.Decision{lifted}}), 1, 0},
	} {
		step.do()
		for where, r := range map[string]docket.Row{"the folder": s.folder(c.ID).Row, "the list": s.cases(docket.Query{})[0]} {
			same(t, "untold, and unaware, in "+where+" after "+step.what, []int{r.Untold, r.Unaware}, []int{step.untold, step.unaware})
		}
	}
}

func carriedOut(t *testing.T, s *scene) {
	c, d, o, _ := s.sent()
	shadow, notify, held, over := aDecision(c, 2, evenkeel.InForce), aDecision(c, 3, evenkeel.InForce), aDecision(c, 4, evenkeel.Held), aDecision(c, 5, evenkeel.Lapsed)
	shadow.Mode, notify.Measure = evenkeel.ModeShadow, evenkeel.MeasureNotify
	limit := aDecision(c, 6, evenkeel.InForce)
	limit.Measure = evenkeel.MeasureLimit
	lift, flood := anOrder(d, true), anOrder(limit, false)
	s.put(docket.Changes{
		Decisions: []evenkeel.Decision{shadow, notify, held, over, limit},
		Orders:    []evenkeel.Order{lift, flood},
	})
	paper := aReceipt(o, evenkeel.ReceiptApplied)
	paper.Effect = docket.EffectPaper
	receipt := func(o evenkeel.Order, state evenkeel.ReceiptState) docket.Changes {
		return docket.Changes{Receipts: []evenkeel.Receipt{aReceipt(o, state)}}
	}
	givenUp := func(o evenkeel.Order) docket.Changes {
		return docket.Changes{Endings: []docket.Ending{{Order: o.ID, At: at(4), Failed: true, Why: "nobody answers"}}}
	}
	for _, step := range []struct {
		what                                    string
		put                                     docket.Changes
		unconfirmed, failed, unstopped, onPaper int
	}{
		{"nothing", docket.Changes{}, 2, 0, 0, 0},
		{"a receipt that confirms nothing", receipt(o, 0), 2, 0, 0, 0},
		{"a refusal", receipt(o, evenkeel.ReceiptRefused), 1, 1, 0, 0},
		{"a receipt of the order to let go", receipt(lift, evenkeel.ReceiptApplied), 1, 1, 0, 0},
		{"that it was applied", receipt(o, evenkeel.ReceiptApplied), 1, 0, 0, 0},
		{"that its time was up", receipt(o, evenkeel.ReceiptLapsed), 2, 0, 0, 0},
		{"that it was let go", receipt(o, evenkeel.ReceiptLifted), 1, 1, 0, 0},
		{"that it was written down", docket.Changes{Receipts: []evenkeel.Receipt{paper}}, 1, 0, 0, 1},
		{"that the other was given up", givenUp(flood), 0, 1, 1, 1},
		{"that the other was taken after all", receipt(flood, 0), 1, 0, 0, 1},
		{"that the other was refused", receipt(flood, evenkeel.ReceiptRefused), 0, 1, 1, 1},
		{"that the other was applied", receipt(flood, evenkeel.ReceiptApplied), 0, 0, 0, 1},
	} {
		s.put(step.put)
		for where, r := range map[string]docket.Row{"the folder": s.folder(c.ID).Row, "the list": s.cases(docket.Query{})[0]} {
			same(t, "unconfirmed, failed, unstopped and on paper, in "+where+" after "+step.what,
				[]int{r.Unconfirmed, r.Failed, r.Unstopped, r.OnPaper}, []int{step.unconfirmed, step.failed, step.unstopped, step.onPaper})
		}
	}
}
