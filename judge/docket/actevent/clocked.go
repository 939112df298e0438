package actevent

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// clocked are the acts about clocks and appeals: the tenant appeals, asks for time or calls, and
// a person lets a measure stand a while longer, finds on the appeal, or has a site shut.
var clocked = []*kind{
	spoken("evenkeel.appeal.v1", docket.ActAppeal, decision()),
	spoken("evenkeel.extend.v1", docket.ActExtend),
	spoken("evenkeel.down.v1", docket.ActDown),
	spoken("evenkeel.answered.v1", docket.ActAnswered),
	done("evenkeel.renew.v1", docket.ActRenew, nil, decision(), moment("until", func(a *docket.Act) *evenkeel.Moment { return &a.Until })),
	done("evenkeel.uphold.v1", docket.ActUphold, nil, decision()),
	done("evenkeel.told.v1", docket.ActTold, nil, needs(contact()), needs(word("how", func(a *docket.Act) *docket.How { return &telling(a).How }, docket.Hows()...)),
		moment("when", func(a *docket.Act) *evenkeel.Moment { return &telling(a).When })),
	spoken("evenkeel.vouch.v1", docket.ActVouch, newcomer("newcomer"), listed()),
	done("evenkeel.confirm.v1", docket.ActConfirm, nil, newcomer("contact"), listed()),
	{name: "evenkeel.shut.v1", act: docket.ActShut, fields: []field[docket.Act]{
		needs(id("by", func(a *docket.Act) *evenkeel.PersonID { return &a.By })), needs(id("site", func(a *docket.Act) *evenkeel.AssetID { return only(&a.Assets) })),
		moment("until", func(a *docket.Act) *evenkeel.Moment { return &a.Until }), oneLine("update", func(a *docket.Act) *string { return &a.Update }), says(),
	}},
}

// only is the one of a list that has one.
func only(all *[]evenkeel.AssetID) *evenkeel.AssetID {
	if len(*all) != 1 {
		*all = make([]evenkeel.AssetID, 1)
	}
	return &(*all)[0]
}

func telling(a *docket.Act) *docket.Telling {
	if a.Telling == nil {
		a.Telling = &docket.Telling{}
	}
	return a.Telling
}

func confirming(a *docket.Act) *docket.Confirming {
	if a.Confirm == nil {
		a.Confirm = &docket.Confirming{}
	}
	return a.Confirm
}

// newcomer is which contact who came is confirmed.
func newcomer(name string) field[docket.Act] {
	return needs(role(name, func(a *docket.Act) *string { return &confirming(a).Contact }))
}

// listed is of which list whoever confirms has read who is there.
func listed() field[docket.Act] {
	return moment("listed", func(a *docket.Act) *evenkeel.Moment { return &confirming(a).Listed })
}

// contact is which contact of the tenant speaks, by its role.
func contact() field[docket.Act] {
	return role("contact", func(a *docket.Act) *string { return &a.Contact })
}

// role is that of a contact. Addresses are not kept with acts, so what could be one is none.
func role(name string, slot func(*docket.Act) *string) field[docket.Act] {
	expects := fmt.Sprintf("the role of a contact, such as owner: 1 to %d bytes on one line, no address", evenkeel.MaxID)
	return text(name, expects, slot, func(s string) (string, bool) {
		return s, evenkeel.CheckID("contact", s) == nil && !strings.Contains(s, "@")
	})
}
