package procedure

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// AccountWide is the ruling in the place of one that would, with what stands, cut off all
// that a tenant runs. Story A began with the lock of an account; in instalments it would be
// the same. It takes two persons, so a machine asks.
func AccountWide(d docket.Dossier, p policy.Proposal, f *evenkeel.Finding, m Means, r Ruling) Ruling {
	g := newGate(&d, &p, f, m)
	g.say(accountWide, r.Measure)
	return g.person()
}

const accountWide = "%s would be on all that the tenant is known to run: what is account-wide takes two persons."

// HeardWide says what follows where the time to be heard is over about what has become account-wide since it was
// held: a person decides.
func HeardWide(d docket.Dossier, k docket.Clock, fam *policy.Family) Effect {
	x := expiry{d: &d, fam: fam, k: k, e: Effect{At: k.Due}}
	x.end("the time to be heard is over")
	if y := x.decision(evenkeel.Held); y != nil {
		x.turn(y.ID, evenkeel.Proposed, 0, accountWide, y.Measure)
	}
	track(&d, fam, &x.e, false)
	return x.e
}
