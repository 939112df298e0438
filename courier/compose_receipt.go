package courier

import "github.com/evenkeel/evenkeel"

// received says whether a notice is the receipt of an appeal.
func (t *telling) received() bool { return t.n.Receipt != "" && !t.n.Heard }

// heard says what a person has to decide now that an answer came in, and by when.
func (t *telling) heard() string {
	says := fill(t.p.lead.heardBy, t.p.by(t.n.PersonBy, t.n.At))
	if t.n.State == evenkeel.Proposed && t.n.Measure.Enforced() {
		m, _ := t.words()
		says = t.p.sentences(fill(t.p.lead.heardStops, fill(m.the, t.named())), says)
	}
	return says
}

// unheld says whether a notice tells that what was announced waits for a person, by no answer of the tenant's.
func (t *telling) unheld() bool {
	return t.n.State == evenkeel.Proposed && t.n.Receipt == "" && t.n.Measure.Enforced()
}

// sooner adds to what began that it was announced for later.
func (t *telling) sooner(says string) string {
	if t.n.Announced <= t.n.From {
		return says
	}
	return t.p.sentences(says, fill(t.p.lead.sooner, t.p.at(t.n.Announced)))
}

// decides says by when a person decides on the appeal, and where none is heard after it.
func (t *telling) decides() string {
	words := t.p.lead.decides
	if t.n.Solo {
		words = t.p.lead.soloDecides
	}
	says := fill(words, t.p.by(t.n.PersonBy, t.n.At))
	if t.n.LastAppeal {
		says = t.p.sentences(says, t.p.lead.lastOne)
	}
	return says
}

// stays says whether a notice tells that an enforced measure stays as it was, on an appeal.
func (t *telling) stays() bool {
	return t.n.Upheld && t.n.State == evenkeel.InForce && t.n.Measure.Enforced() && len(t.ended()) == 0
}

// decided says that a person decided on an appeal, and whether it was in vain.
func (t *telling) decided() string {
	w := &t.p.lead
	says := w.appealed
	switch {
	case t.n.Upheld && t.n.Solo:
		says = w.soloUpheld
	case t.n.Upheld:
		says = w.upheld
	}
	at := t.p.at(t.n.Appealed)
	if r := clean(t.n.AppealReceipt); r != "" {
		at = fill(w.ofReceipt, at, r)
	}
	return fill(says, at)
}
