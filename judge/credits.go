package judge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/credit"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// owe writes down what the tenant is owed, where its case is closed because what was found was
// not so. It is called last: whatever ends by the closing has ended.
func (w *draft) owe() error {
	if !w.closes() || w.dossier.Case.Outcome != evenkeel.OutcomeFalsePositive {
		return nil
	}
	terms := w.parts.Policy.Credits()
	if terms.Mode == credit.Off {
		return nil
	}
	k, err := w.owed(terms)
	if err != nil || k == nil {
		return err
	}
	before, err := w.grantedBefore(k)
	if err != nil {
		return err
	}
	if terms.Mode == credit.Auto && k.Amount <= int64(terms.UpTo/hundredth)-before {
		k.State = docket.CreditGranted
	}
	w.out.Credits = append(w.out.Credits, *k)
	says := fmt.Sprintf("A credit of %s was proposed, for %s: a person has to grant or refuse it.", k.Money(), made(k))
	if k.State == docket.CreditGranted {
		says = fmt.Sprintf("A credit of %s was granted, for %s.", k.Money(), made(k))
	}
	w.note(evenkeel.Entry{At: k.At, Kind: evenkeel.EntryDecided, Actor: w.machine(), Says: says, Ref: string(k.ID), State: "credit_" + k.State.String()})
	if k.State == docket.CreditGranted {
		return w.granted(k, by{Actor: w.machine()})
	}
	w.awaitSettling(k.At, terms.Within)
	return nil
}

// grantedBefore is what was granted for the case before a credit, in its currency, by machines and persons: what is
// granted at once is bounded for a case, however often it is opened and cleared again. Of another currency it is
// more than any bound: nobody reckons one into the other.
func (w *draft) grantedBefore(k *docket.Credit) (sum int64, err error) {
	all, err := w.tx.Credits(k.Case)
	for i := range all {
		switch o := &all[i]; {
		case o.State != docket.CreditGranted:
		case o.Currency != k.Currency:
			return docket.MaxCredit, err
		default:
			sum += o.Amount
		}
	}
	return sum, err
}

// awaitSettling starts the clock of a credit that waits for a person; where another one of the case
// waits already, its clock runs on.
func (w *draft) awaitSettling(from evenkeel.Moment, within time.Duration) {
	if !slices.ContainsFunc(w.dossier.Clocks, func(k docket.Clock) bool { return k.Kind == docket.ClockCredit && k.Ended == 0 }) {
		w.start(docket.Clock{Kind: docket.ClockCredit, Started: from, Due: from.Add(within), Breach: "The lead is called: a credit has to be granted or refused."})
	}
}

// settled ends that clock, and the pages that it wrote, once no credit of the case waits any more.
func (w *draft) settled(k *docket.Credit) error {
	all, err := w.tx.Credits(k.Case)
	if err != nil || slices.ContainsFunc(all, func(o docket.Credit) bool { return o.ID != k.ID && o.State == docket.CreditProposed }) {
		return err
	}
	for _, c := range slices.Clone(w.dossier.Clocks) {
		if c.Kind == docket.ClockCredit && c.Ended == 0 {
			c.Ended, c.Because = k.At, "the credit was "+k.State.String()
			w.clock(c)
		}
	}
	return w.withdraw(k.At, k.By)
}

// hundredth of a unit of a currency, as amounts are kept.
const hundredth = credit.Millionths(10_000)

func made(k *docket.Credit) string {
	return k.For() + " under measures that should not have been"
}

// owed is what the case comes to, since it was closed in the tenant's favour last; nil where that
// is nothing.
func (w *draft) owed(terms *credit.Terms) (*docket.Credit, error) {
	c := w.dossier.Case
	before, err := w.tx.Credits(c.ID)
	if err != nil {
		return nil, err
	}
	var paid evenkeel.Moment
	for i := range before {
		paid = max(paid, before[i].Closed)
	}
	var bore []credit.Restriction
	var ids []evenkeel.DecisionID
	for i := range w.dossier.Decisions {
		x := &w.dossier.Decisions[i]
		from, until := max(x.From, paid), c.Since
		if x.State.Over() {
			until = min(x.At, until)
		}
		if until <= from || x.Mode != evenkeel.ModeLive || !x.Measure.Enforced() {
			continue
		}
		if took, err := w.tookEffect(x); err != nil || !took {
			if err != nil {
				return nil, err
			}
			continue
		}
		ids = append(ids, x.ID)
		for _, a := range x.Assets {
			bore = append(bore, credit.Restriction{Asset: a, Measure: x.Measure, From: from, Until: until})
		}
	}
	sum := credit.Owed(bore, &terms.Prices)
	if sum.Minutes == 0 || sum.Amount == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	return &docket.Credit{
		ID: docket.NewCreditID(c.ID, c.Since), Case: c.ID, Tenant: c.Tenant, Family: c.Family, Closed: c.Since, State: docket.CreditProposed, At: c.Since,
		Decisions: ids, Assets: sum.Assets, Minutes: sum.Minutes, Amount: min(int64(sum.Amount/hundredth), docket.MaxCredit), Currency: sum.Currency, Policy: w.policy,
	}, nil
}

// tookEffect says whether a decision's order went out and, as far as is known, somebody carries or
// carried it out. Where that is not known, it is taken to be so: in the tenant's favour.
func (w *draft) tookEffect(x *evenkeel.Decision) (bool, error) {
	if slices.ContainsFunc(w.out.Orders, func(o evenkeel.Order) bool { return o.Decision == x.ID && !o.Lift }) {
		return true, nil // ordered and let go of at once: until now what it took the place of stood
	}
	sent, err := w.tx.Order(evenkeel.NewOrderID(x.ID, false))
	switch {
	case err != nil && evenkeel.KindOf(err) == evenkeel.KindNotFound: // it never was in force
		return false, nil
	case err != nil:
		return false, err
	}
	return !sent.Dispatch.Undone() && !sent.Dispatch.OnPaper(), nil
}

// granted seals a credit that is granted, and tells the tenant.
func (w *draft) granted(k *docket.Credit, who by) error {
	whole, err := json.Marshal(k)
	if err != nil {
		return err
	}
	of := ledger.Credit{Case: k.Case, Minutes: int(k.Minutes), Amount: int(k.Amount), Currency: k.Currency}
	if len(k.Decisions) == 1 {
		of.Decision = k.Decisions[0]
	}
	w.leaf(ledger.OfCredit(w.key, of, k.At, k.Family, w.policy, whole))
	var about *evenkeel.Decision
	for _, id := range k.Decisions {
		if x := w.find(id); x != nil && (about == nil || outranks(x, about)) {
			about = x
		}
	}
	if about == nil { // it is not in the dossier any more: the entry and the leaf say it
		return nil
	}
	who.outcome = evenkeel.OutcomeFalsePositive
	x := *about
	if x.State == evenkeel.InForce { // granted later, of what is in force again: what it is about is over
		x.State, x.At = evenkeel.Lifted, k.At
	}
	for _, id := range k.Decisions {
		if y := w.find(id); y != nil {
			x.Assets = slices.Concat(x.Assets, y.Assets)
		}
	}
	slices.Sort(x.Assets)
	x.Assets = slices.Compact(x.Assets)
	n := w.notice(&x, w.parts.family(k.Family), who, k.At)
	n.ID, n.AnswerBy = evenkeel.NoticeID("n-"+string(k.ID)), 0
	if len(n.Seen) == 0 { // of what a person proposed
		n.Says = cmp.Or(n.Says, x.Grounds.Says, "What was taken to be so was not.")
	}
	n.Credit = evenkeel.Credit{Amount: k.Money(), Minutes: k.Minutes, Assets: k.Assets}
	return w.send(n, who, "A notice to the tenant was written, that a credit was granted.")
}

// settle grants or refuses a credit that waits for a person.
func (w *draft) settle(a *docket.Act) error {
	k, err := w.waiting(a)
	if err != nil {
		return err
	}
	if own := w.tookIt(k, a.By); own != "" {
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s took decision %s, for which credit %s is", a.By, own, k.ID),
			Hint: "another person with the role lead grants or refuses it: nobody settles what their own measure cost",
		}
	}
	k.State, k.At, k.By, k.Why = docket.CreditGranted, max(a.At, k.At), a.By, a.Says
	if a.Kind == docket.ActNoCredit {
		k.State = docket.CreditRefused
	}
	if err := w.acted(a); err != nil {
		return err
	}
	who := by{Actor: evenkeel.Actor{Policy: w.policy, Person: a.By}, says: a.Says}
	w.out.Credits = append(w.out.Credits, *k)
	w.note(evenkeel.Entry{
		At: k.At, Kind: evenkeel.EntryDecided, Actor: who.Actor, Ref: string(k.ID), State: "credit_" + k.State.String(), Words: a.Says,
		Says: fmt.Sprintf("The credit of %s was %s.", k.Money(), k.State),
	})
	if err := w.settled(k); err != nil || k.State == docket.CreditRefused {
		return err
	}
	return w.granted(k, who)
}

// tookIt is one of the decisions of a credit that a person took, alone or as one of two; "" where
// there is none.
func (w *draft) tookIt(k *docket.Credit, p evenkeel.PersonID) evenkeel.DecisionID {
	for _, id := range k.Decisions {
		if x := w.find(id); x != nil && (x.Actor.Person == p || x.Actor.Second == p) {
			return id
		}
	}
	return ""
}

// waiting is the credit of the case that an act is about.
func (w *draft) waiting(a *docket.Act) (*docket.Credit, error) {
	const list = "evenkeel credits list shows those that wait"
	switch {
	case w.dossier.Case == nil:
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no case", Hint: list}
	case a.By == "":
		return nil, evenkeel.Invalid("by nobody; expected the person who does it")
	case a.Says == "":
		return nil, evenkeel.Invalid("by %s without a reason; expected a sentence that says why", a.By)
	}
	all, err := w.tx.Credits(w.dossier.Case.ID)
	if err != nil {
		return nil, err
	}
	if a.Credit != "" {
		i := slices.IndexFunc(all, func(k docket.Credit) bool { return k.ID == a.Credit })
		if i < 0 {
			return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("credit %s: not found in its case", a.Credit), Hint: list}
		}
		if k := &all[i]; k.State != docket.CreditProposed {
			return nil, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("credit %s was %s at %s", k.ID, k.State, k.At), Hint: list}
		}
		return &all[i], nil
	}
	all = slices.DeleteFunc(all, func(k docket.Credit) bool { return k.State != docket.CreditProposed })
	switch len(all) {
	case 0:
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no credit of the case waits for a person", Hint: list}
	case 1:
		return &all[0], nil
	}
	return nil, evenkeel.Invalid("%d credits of the case wait; expected which one", len(all))
}
