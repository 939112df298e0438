package ledger

import (
	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// later is the first line of a leaf of version 2.
const later = "evenkeel ledger leaf v2"

// The form of a leaf, version 2: as version 1, with the line "evenkeel ledger leaf v2" first,
// and after the line of the content those of these that are not zero, in this order:
//
//	rule version persons act minutes amount currency decision
//
// It says what a public report needs and version 1 does not: which rule a decision rests on,
// which leaves tell of one decision, how many persons brought it into a state, and what an act
// was. A leaf that has none of these is written as version 1, so that a leaf has one encoding
// still, and version 1 is what it was. This form never changes either.
var laterLines = append(lines[:len(lines):len(lines)],
	text("rule", func(l *Leaf) *string { return &l.Rule }),
	number("version", func(l *Leaf) *int { return &l.Version }),
	number("persons", func(l *Leaf) *int { return &l.Persons }),
	text("act", func(l *Leaf) *string { return &l.Act }),
	number("minutes", func(l *Leaf) *int { return &l.Minutes }),
	number("amount", func(l *Leaf) *int { return &l.Amount }),
	text("currency", func(l *Leaf) *string { return &l.Currency }),
	commitment("decision", func(l *Leaf) *tlog.Hash { return &l.Decision }),
)

// forms are the lines of a leaf by its first one.
var forms = map[string][]line{format: lines, later: laterLines}

// form is the first line of the leaf, and the others that it may have.
func (l *Leaf) form() (first string, all []line) {
	if l.isLater() {
		return later, laterLines
	}
	return format, lines
}

// isLater says whether a leaf says anything that version 1 has no line for.
func (l *Leaf) isLater() bool {
	return l.Rule != "" || l.Version != 0 || l.Persons != 0 || l.Act != "" || l.Minutes != 0 || l.Amount != 0 || l.Currency != "" ||
		l.Decision != (tlog.Hash{})
}

// Decision is the commitment to a decision: the same for all leaves of it. It is HMAC-SHA256
// under the key of "evenkeel ledger decision 1\n" and the id. Whoever has no key cannot find
// out which decision it is, and can count how many there are.
func (k Key) Decision(d evenkeel.DecisionID) tlog.Hash { return k.commit("decision", []byte(d)) }

// OfTurn is the leaf of a decision in the state that it came into, and of who brought it
// there: whoever approved or lifted it, where OfDecision tells only who took it.
func OfTurn(k Key, d *evenkeel.Decision, who evenkeel.Actor, policy string) Leaf {
	l := OfDecision(k, d, policy)
	l.Decision = k.Decision(d.ID)
	switch {
	case who.Second != "":
		l.Persons = 2
	case !who.Automatic():
		l.Persons = 1
	}
	if len(d.Grounds.Basis) > 0 {
		l.Rule, l.Version = d.Grounds.Basis[0].Rule, d.Grounds.Basis[0].Version
	}
	return l
}

// Doing returns the leaf of an act that says what was done, by the kind's word.
func (l Leaf) Doing(kind string) Leaf {
	l.Act = kind
	return l
}

// Credit is what is made good for a measure that should not have been.
type Credit struct {
	Case     evenkeel.CaseID
	Decision evenkeel.DecisionID // "" where it is for several
	Minutes  int                 // of one asset each, from 0
	Amount   int                 // in hundredths of the currency, from 0
	Currency string
}

// OfCredit is the leaf of a credit that was granted; whole is all of it as JSON.
func OfCredit(k Key, c Credit, at evenkeel.Moment, family, policy string, whole []byte) Leaf {
	l := Leaf{At: at, Kind: KindCredit, Family: family, Policy: policy, Minutes: c.Minutes, Amount: c.Amount, Currency: c.Currency}
	if c.Decision != "" {
		l.Decision = k.Decision(c.Decision)
	}
	return l.about(k, c.Case, whole)
}
