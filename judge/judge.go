package judge

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Holder answers who held what, and what was known of whom, at a moment. An inventory's
// snapshot is one.
type Holder interface {
	TenancyAt(a evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool)
	AccountAt(t evenkeel.TenantID, at evenkeel.Moment) evenkeel.Account
	// HeldBy is all that a tenant holds, at most most of it, by id.
	HeldBy(t evenkeel.TenantID, at evenkeel.Moment, most int) []*evenkeel.Holding
}

// Parts are what a docket is made of.
type Parts struct {
	Books  docket.Books
	Policy *policy.Policy   // in force
	Shadow []*policy.Policy // watched beside it: what they would do is recorded, and nothing follows
	Means  procedure.Means  // of whoever carries measures out
	// Shown says whether it is shown, at this moment, that the ways to the data stay open; nil: as
	// Means says. What is decided depends on it as on the time.
	Shown func() bool
	// Unshown are measures of which it is not shown at this moment, where Shown says that it is of others; nil: of all
	// or of none.
	Unshown func() []evenkeel.Measure
	// Rota says who is called; nil: nobody is known, and we count as at work at all times.
	Rota Rota
	// Head signs the state of the ledger for the foot of notices; nil: they carry none. It is
	// called before the transaction is kept, so it must not publish what it signs.
	Head func(tree ledger.Tree, at evenkeel.Moment) (string, error)
	// Bench tells among whom a second person is drawn; nil: among nobody. Nonce makes what a
	// draw is seeded with besides the case; nil: of the system's randomness.
	Bench Bench
	Nonce func() string
	// Build names the program; what another build decides may be another thing, so its first hour is
	// damped (governor.Damping). "": nobody says.
	Build string
}

// Docket takes findings and acts and makes decisions.
type Docket struct{ parts Parts }

// New returns a docket. KindInvalid where there are no books, or no policy in force.
func New(p Parts) (*Docket, error) {
	switch {
	case p.Books == nil:
		return nil, evenkeel.Invalid("docket: no books to keep decisions in")
	case p.Policy == nil:
		return nil, evenkeel.Invalid("docket: no policy in force")
	case p.Policy.Mode() == evenkeel.ModeShadow:
		return nil, evenkeel.Invalid("docket: policy %s is written to be watched in shadow; it cannot be in force", p.Policy.ID())
	}
	return &Docket{p}, nil
}

// Heard is what one call changed and weighed, in order.
type Heard struct {
	Changes []docket.Changes // what the books hold by now
	Weighed []Weighed
	Undone  *docket.Tally // of an undo, or of a switch that lifts: what it freed, and what is left
}

// Weighed is what one policy made of a finding, before procedure: the one in force, or one
// that is watched in shadow beside it.
type Weighed struct {
	Finding  evenkeel.FindingID
	Revision evenkeel.Revision
	Tenant   evenkeel.TenantID
	Policy   string        // digest
	Mode     evenkeel.Mode // shadow where the policy or the rule is
	Wanted   evenkeel.Measure
	Allowed  evenkeel.Measure
}

func (h *Heard) add(one Heard) {
	h.Changes = append(h.Changes, one.Changes...)
	h.Weighed = append(h.Weighed, one.Weighed...)
}

// transact runs f in a transaction and returns what it put.
func (d *Docket) transact(ctx context.Context, f func(tx docket.Tx) (*draft, evenkeel.Moment, error)) (Heard, error) {
	var heard Heard
	err := d.parts.Books.Transact(ctx, func(tx docket.Tx) (err error) {
		heard, err = d.within(ctx, tx, f)
		return err
	})
	if err != nil {
		return Heard{}, err
	}
	return heard, nil
}

// within runs f in a transaction that is given, and puts what it drafts.
func (d *Docket) within(ctx context.Context, tx docket.Tx, f func(tx docket.Tx) (*draft, evenkeel.Moment, error)) (Heard, error) {
	w, at, err := f(tx)
	if err != nil || w == nil || w.empty() {
		return Heard{}, err
	}
	if err := d.castLot(ctx, w); err != nil {
		return Heard{}, err
	}
	if err := w.put(tx, d.parts.Head, at); err != nil {
		return Heard{}, err
	}
	return Heard{Changes: []docket.Changes{w.out}, Weighed: w.weighed}, nil
}

// Enact writes into the ledger that the policy came into force, once for each policy.
func (d *Docket) Enact(ctx context.Context, at evenkeel.Moment) error {
	return d.parts.Books.Transact(ctx, func(tx docket.Tx) error {
		key := "policy " + d.parts.Policy.Digest()
		if taken, err := tx.Taken(key); taken || err != nil {
			return err
		}
		w := draft{out: docket.Changes{Taken: []string{key}}}
		w.leaf(ledger.OfPolicy(d.parts.Policy.Digest(), at))
		return w.put(tx, nil, at)
	})
}

// family returns what the policy in force says about a family of rules. Where it says
// nothing, as a policy may that came after the case, both sides have the usual times.
func (d *Docket) family(name string) *policy.Family { return d.parts.family(name) }

func (p *Parts) family(name string) *policy.Family {
	if fam, ok := p.Policy.Family(name); ok {
		return fam
	}
	return &policy.Family{
		Name: name, Harm: policy.HarmReport, Ladder: []evenkeel.Measure{evenkeel.MeasureNotify},
		Clause: "The operator's terms, as they were told to the tenant.",
		Clocks: policy.Clocks{TenantAnswer: 24 * time.Hour, OurAnswer: time.Hour, Appeal: 183 * 24 * time.Hour, Latch: 30 * 24 * time.Hour}.WithDefaults(),
	}
}
