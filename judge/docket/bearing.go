package docket

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Bearing says whom something is taken from at this moment, whoever decided it. It is asked where the
// proof is gone that tenants reach their data: nobody may be missed, whatever else their cases are.
type Bearing interface {
	// Bearing returns the cases, by id, in which a live decision with an enforced measure is in force:
	// closed ones too, since what was found rightly runs to its end there. Those behind after, at most
	// max of them.
	Bearing(ctx context.Context, after evenkeel.CaseID, max int) ([]evenkeel.CaseID, error)
	// Withheld returns the lawful orders in force by which access to a tenant's data is withheld, by case,
	// then decision; closed cases too, and those whose end has come and that nobody has let go of yet.
	Withheld(ctx context.Context, t evenkeel.TenantID) ([]Withholding, error)
}
