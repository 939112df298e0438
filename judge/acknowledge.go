package judge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What comes back is written down and decides nothing: no clock begins, stops or runs out, no
// decision and no case changes its state, and no leaf is sealed. Where it belies what a notice
// said, the tenant is written to; where a measure was let go of, people are called.

// Acknowledge takes in what a node says that it did with an order, which is over by that. The
// same receipt again changes nothing, and one without a state nothing after one was there. An
// older one, and one that says applied after its node let go, are written down and do not take
// the place of what was known. KindNotFound where there is no such order.
func (d *Docket) Acknowledge(ctx context.Context, r evenkeel.Receipt, now evenkeel.Moment) error {
	if r.State != 0 && r.State.String() == "invalid" {
		return evenkeel.Invalid("receipt of order %s: state %d; expected applied, refused, lapsed, lifted or none", r.Order, r.State)
	}
	if r.At == 0 {
		r.At = now
	}
	r.Node, r.Effect, r.Why = clip(r.Node), clip(r.Effect), clip(r.Why)
	return d.recall(ctx, "acknowledge order "+string(r.Order), now, func(tx docket.Tx) (*recalled, error) {
		s, err := tx.Order(r.Order)
		if err != nil {
			return nil, err
		}
		if s.Order.Lift && r.State == evenkeel.ReceiptApplied {
			return nil, evenkeel.Invalid("the receipt says applied of an order to let go; expected lifted or lapsed")
		}
		key, err := receiptKey(&r)
		if err != nil || !news(&r, &s.Dispatch) {
			return nil, err
		}
		if taken, err := tx.Taken(key); taken || err != nil {
			return nil, err
		}
		m := newRecalled(&s.Case, s.Entries)
		m.out.Taken = []string{key}
		m.noteReceipt(&r, &s.Order, s.Dispatch.Heard+1 == docket.MaxHeard)
		kept := r
		if !replaces(&r, &s.Dispatch.Receipt) {
			kept = s.Dispatch.Receipt
		}
		m.out.Receipts = []evenkeel.Receipt{kept}
		m.out.Endings = []docket.Ending{{Order: r.Order, At: now}}
		before := s.Dispatch.Receipt.State
		s.Dispatch.Receipt = kept
		m.callOfData(d.parts.Rota, &s, now)
		if err := m.callWhereItFell(tx, d.parts.Rota, &s, before, now); err != nil {
			return nil, err
		}
		return m, m.correct(tx, &s, now)
	})
}

// Missed takes in that an order was not taken, for good, and why. Of an order that is over it
// changes nothing.
func (d *Docket) Missed(ctx context.Context, id evenkeel.OrderID, why string, now evenkeel.Moment) error {
	return d.recall(ctx, "give up order "+string(id), now, func(tx docket.Tx) (*recalled, error) {
		s, err := tx.Order(id)
		if err != nil || s.Dispatch.Over != 0 {
			return nil, err
		}
		m, why := newRecalled(&s.Case, s.Entries), clip(why)
		m.note(evenkeel.Entry{
			Kind: evenkeel.EntryEnforced, Says: ordered(&s.Order) + ": nobody took the order.", Ref: string(id), State: "failed", Words: why,
			Decision: s.Order.Decision,
		})
		m.out.Endings = []docket.Ending{{Order: id, At: now, Failed: true, Why: why}}
		s.Dispatch.Failed = true
		m.callOfData(d.parts.Rota, &s, now)
		return m, m.correct(tx, &s, now)
	})
}

// Told takes in that a recipient's server took a notice, or refused it for good. Neither the
// timeline nor what is kept holds an address. Whoever is settled on a channel stays so: the
// same contact on the same channel again changes nothing, but that what it took came back, which
// is a refusal after a delivery.
func (d *Docket) Told(ctx context.Context, x docket.Delivery, now evenkeel.Moment) error {
	if x.Channel == "" || strings.Contains(x.To, "@") {
		return evenkeel.Invalid("delivery of notice %s by %q; expected how it went, and the contact's role in the place of an address", x.Notice, x.Channel)
	}
	x.Channel, x.To, x.Message, x.Says = clip(x.Channel), clip(x.To), clip(x.Message), clip(withoutAddresses(x.Says))
	return d.recall(ctx, "note a delivery of notice "+string(x.Notice), now, func(tx docket.Tx) (*recalled, error) {
		s, err := tx.Notice(x.Notice)
		if err != nil {
			return nil, err
		}
		for _, before := range s.Dispatch.Deliveries {
			if before.Channel == x.Channel && before.To == x.To && (before.Refused || !x.Refused) {
				return nil, nil
			}
		}
		if len(s.Dispatch.Deliveries) >= docket.MaxDeliveries {
			return nil, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("it has %d deliveries, and no more are kept", docket.MaxDeliveries)}
		}
		m := newRecalled(&s.Case, s.Entries)
		m.out.Deliveries = []docket.Delivery{x}
		s.Dispatch.Deliveries = append(slices.Clone(s.Dispatch.Deliveries), x)
		m.noteDelivery(&x, s.Dispatch.Bounced(len(s.Dispatch.Deliveries)-1), &s.Notice)
		if x.Refused {
			return m, m.moveOn(tx, &s, now)
		}
		return m, nil
	})
}

// Untold takes in that nobody could be told of a notice, and why. Of a notice that is over it
// changes nothing.
func (d *Docket) Untold(ctx context.Context, id evenkeel.NoticeID, why string, now evenkeel.Moment) error {
	return d.recall(ctx, "give up notice "+string(id), now, func(tx docket.Tx) (*recalled, error) {
		s, err := tx.Notice(id)
		if err != nil || s.Dispatch.Over != 0 {
			return nil, err
		}
		m, why := newRecalled(&s.Case, s.Entries), clip(withoutAddresses(why))
		m.note(evenkeel.Entry{
			Kind: evenkeel.EntryToldTo, Says: "The notice could not be delivered: nobody was told.", Ref: string(id), State: "failed", Words: why,
			Decision: s.Notice.Decision,
		})
		m.out.Endings = []docket.Ending{{Notice: id, At: now, Failed: true, Why: why}}
		m.callOfUntold(d.parts.Rota, &s, now)
		return m, nil
	})
}

// AllTold takes in that all recipients of a notice took it or refused it for good.
func (d *Docket) AllTold(ctx context.Context, id evenkeel.NoticeID, now evenkeel.Moment) error {
	return d.recall(ctx, "end notice "+string(id), now, func(tx docket.Tx) (*recalled, error) {
		s, err := tx.Notice(id)
		if err != nil || s.Dispatch.Over != 0 {
			return nil, err
		}
		m := newRecalled(&s.Case, s.Entries)
		m.out.Endings = []docket.Ending{{Notice: id, At: now}}
		if s.Dispatch.Over = now; s.Dispatch.Untold() {
			m.callOfUntold(d.parts.Rota, &s, now)
		}
		return m, nil
	})
}

// Look takes in that a person looked at a case: every look is an entry. KindNotFound where
// there is no such case.
func (d *Docket) Look(ctx context.Context, c evenkeel.CaseID, by evenkeel.PersonID, now evenkeel.Moment) error {
	if err := evenkeel.CheckID("person", string(by)); err != nil {
		return err
	}
	return d.recall(ctx, "look at case "+string(c), now, func(tx docket.Tx) (*recalled, error) {
		dossier, err := tx.DossierOf(c)
		if err != nil {
			return nil, err
		}
		m := newRecalled(dossier.Case, dossier.Entries)
		m.note(evenkeel.Entry{Kind: evenkeel.EntryLooked, Actor: evenkeel.Actor{Person: by}, Says: string(by) + " looked at the case."})
		return m, nil
	})
}

// recall keeps what f gathers, dated now; nothing where it gathers none.
func (d *Docket) recall(ctx context.Context, doing string, now evenkeel.Moment, f func(docket.Tx) (*recalled, error)) error {
	if now == 0 {
		return evenkeel.Invalid("%s: at no time; expected when", doing)
	}
	err := d.parts.Books.Transact(ctx, func(tx docket.Tx) error {
		m, err := f(tx)
		if m == nil || err != nil {
			return err
		}
		for i := range m.out.Entries {
			m.out.Entries[i].At = now
		}
		return tx.Put(m.out)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
