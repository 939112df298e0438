package actevent

import "github.com/evenkeel/evenkeel/judge/docket"

// crediting are the acts about what tenants are owed that were restricted wrongly.
var crediting = []*kind{
	done("evenkeel.credit-grant.v1", docket.ActCredit, nil, creditMeant()),
	done("evenkeel.credit-refuse.v1", docket.ActNoCredit, nil, creditMeant()),
}

func creditMeant() field[docket.Act] {
	return id("credit", func(a *docket.Act) *docket.CreditID { return &a.Credit })
}
