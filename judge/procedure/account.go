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
	g.say("%s would be on all that the tenant is known to run: what is account-wide takes two persons.", r.Measure)
	return g.person()
}
