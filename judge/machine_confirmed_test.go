package judge_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What stands here is about contacts who came while a case is open, and whom somebody confirms (R27).

// confirms has somebody who is, was or never was a contact confirm one who came, or a person of the operator; of a case in
// which one waits, if there is one.
func (m *machine) confirms(name string) {
	waits := func() (out []evenkeel.CaseID) {
		for _, id := range m.opened {
			if is := m.reach[id]; m.cases[id].State != evenkeel.CaseClosed && len(is.Came()) > 0 {
				out = append(out, id)
			}
		}
		return out
	}
	if len(waits()) == 0 {
		m.relisted("relisted")
	}
	cases := waits()
	if len(cases) == 0 {
		return
	}
	a := m.newAct(name)
	a.Case = pick(m, "case", cases)
	is := m.reach[a.Case]
	a.Confirm = &docket.Confirming{Contact: pick(m, "who came", is.Came()).Name}
	if m.draw("of the list that was read", 0, 1) == 0 {
		a.Confirm.Listed = is.Listed
	}
	if a.Kind == docket.ActVouch {
		who := pick(m, "who speaks", slices.Concat(is.Before, is.Now, is.Passed()))
		a.Contact, a.Confirm.Speaker = who.Role, who.Address()
	}
	m.confirm(a)
	now := m.reach[a.Case]
	if n := len(now.Confirmed); n > len(is.Confirmed) && m.draw("and then that one another", 0, 1) == 0 {
		who, more := now.Confirmed[n-1].Contact, evenkeel.Contact{Role: "tech", Email: fmt.Sprintf("tech%d@elsewhere.example", m.n)}
		m.now = m.now.Add(time.Minute)
		m.relist("relisted", m.cases[a.Case].Tenant, []evenkeel.Contact{who, more})
		next := m.newAct("vouch")
		next.ID += " by one who was"
		next.Case, next.Contact, next.Confirm = a.Case, who.Role, &docket.Confirming{Contact: "tech", Speaker: who.Address()}
		m.confirm(next)
	}
}

// confirm does an act that confirms somebody. To a contact who is known it is not denied.
func (m *machine) confirm(a docket.Act) {
	is, world := m.reach[a.Case], m.world
	m.vouching = &a
	err := m.do("act "+a.Kind.String(), &a, func(d *judge.Docket) error { _, err := d.Do(ctx, a, world); return err })
	m.vouching = nil
	known := a.Kind == docket.ActConfirm || is.FootingOf(a.Confirm.Speaker) == docket.FootingKnown
	if denied := evenkeel.KindOf(err) == evenkeel.KindDenied; err != nil && known && denied || err == nil && !known {
		m.t.Fatalf("R27: %+v, of %+v, known: %t, is answered %v", a, a.Confirm, known, err)
	}
}

// takeConfirmed is R27: whoever is confirmed stays so; was none from before, and is listed; and is so by somebody else, who was
// known before and is listed, or by a person.
func (m *machine) takeConfirmed(is, old *docket.Reach) {
	n := len(old.Confirmed)
	if len(is.Confirmed) < n || !slices.Equal(is.Confirmed[:n], old.Confirmed) {
		m.t.Fatalf("R27: in case %s confirmed are %+v, and were %+v", is.Case, is.Confirmed, old.Confirmed)
	}
	on := func(all []evenkeel.Contact, address string) bool {
		return slices.ContainsFunc(all, func(c evenkeel.Contact) bool { return c.Address() == address })
	}
	for _, x := range is.Confirmed[n:] {
		a := m.vouching
		who := x.Contact.Address()
		switch {
		case a == nil || !on(is.Now, who) || on(is.Before, who) || on(old.Passed(), who):
			m.t.Fatalf("R27: %+v is confirmed in %+v, by the act %+v", x, is, a)
		case a.Kind == docket.ActConfirm && x.Person == a.By:
			m.seen["contact confirmed by a person"]++
		case a.Kind == docket.ActVouch && x.Person == "" && a.Confirm.Speaker != who && on(is.Now, a.Confirm.Speaker) && on(slices.Concat(is.Before, old.Passed()), a.Confirm.Speaker):
			if m.seen["contact confirmed by another"]++; !on(is.Before, a.Confirm.Speaker) {
				m.seen["contact confirmed by one who was"]++
			}
		default:
			m.t.Fatalf("R27: %+v is confirmed in %+v by %+v, who may not", x, is, a)
		}
	}
}
