// Package learning is what the outcomes of cases teach about the rules that opened them; pure.
//
// In and out: outcomes of reviewed cases go in (Tally.Add); out come how sure one can be that a
// rule is right (Tally.AtLeast, Tally.Bound), how far a machine may go alone by a rule that has
// shown that much (Gate, Promotion.Alone, Place.Step), which tenants a rule on trial is live for (Canary), which cases that
// nobody appealed a person looks at all the same (Audited), and how long people were busy with a
// case (Attention).
//
// Reading order: tally.go, wilson.go (the interval is instrument/wilson), gate.go, stage.go, place.go, promotion.go, lot.go, attention.go.
//
// What must always hold: a rule that nobody reviewed has shown nothing. More false positives
// never make a rule look better. All arithmetic is over integers, so that every machine comes
// to the same answer. Reviews of cases that were drawn by lot count apart too, because those who
// complain are not like those who do not.
//
// What is not here: who reviews (judge/procedure), what follows from a finding (judge/policy),
// any table of the books (store).
package learning
