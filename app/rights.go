package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// takes is the right that each kind of act takes, whichever way it comes in. What a tenant says is
// brought by somebody who decides, where it does not come by the tenant's own link. A kind that is
// not here is done by nobody; a test holds the table to the kinds.
var takes = map[docket.ActKind]roll.Right{
	docket.ActAnswer: roll.Decide, docket.ActMessage: roll.Decide, docket.ActAnnounce: roll.Decide,
	docket.ActFlag: roll.GrantFlags, docket.ActRevoke: roll.GrantFlags,
	docket.ActClear: roll.Decide, docket.ActClose: roll.Decide, docket.ActApprove: roll.Decide,
	docket.ActRefuse: roll.Decide, docket.ActLower: roll.Decide, docket.ActLift: roll.Decide,
	docket.ActPropose: roll.Decide, docket.ActVerdict: roll.Decide, docket.ActRecuse: roll.Decide,
	docket.ActAppeal: roll.Decide, docket.ActExtend: roll.Decide, docket.ActDown: roll.Decide, docket.ActAnswered: roll.Decide,
	docket.ActRenew: roll.Decide, docket.ActUphold: roll.Decide, docket.ActTold: roll.Decide,
	docket.ActShut:  roll.Decide,                                         // whoever is awake may keep a site's visitors off what breaks, and lets go of it as easily
	docket.ActVouch: roll.GrantFlags, docket.ActConfirm: roll.GrantFlags, // who may speak for a tenant is a clearance of its own
	// Whoever is awake may stop machines, and it takes two to let them go on.
	docket.ActPull: roll.Decide, docket.ActRelease: roll.Decide, docket.ActReset: roll.Steer, docket.ActUndo: roll.Steer, docket.ActAccept: roll.Steer,
	docket.ActCredit: roll.Steer, docket.ActNoCredit: roll.Steer, // it is money
	docket.ActAudit: roll.Decide, docket.ActPromote: roll.Steer,
}

// rightsOf are the rights that an act takes, the plain one first.
func rightsOf(a *docket.Act) []roll.Right {
	all := []roll.Right{takes[a.Kind]}
	if a.Kind == docket.ActPull && a.Lift && (a.Scope == nil || a.Scope.Kind != docket.SwitchTenant) {
		all = append(all, takes[docket.ActUndo]) // it undoes what machines did to many
	}
	if g := a.Grant; g != nil {
		all = append(all, roll.GrantFlags)
		if from := max(g.From, a.At); g.Selector.TenantWide || g.Until.Sub(from) > roll.MaxFlagDays*24*time.Hour {
			all = append(all, roll.GrantWide)
		}
	}
	return slices.Compact(all)
}

// permits says why a person may not do an act, or nil.
func permits(p *roll.Person, a *docket.Act) error {
	for _, r := range rightsOf(a) {
		switch {
		case p.May(r):
			continue
		case r == roll.GrantWide:
			return &evenkeel.Error{
				Kind: evenkeel.KindDenied, Says: fmt.Sprintf("a flag for all that a tenant has, or for more than %d days, is for those with the role %s", roll.MaxFlagDays, roll.JoinRoles(roll.With(r))),
				Hint: "ask one of them, or grant a flag for what was found, and for less time",
			}
		default:
			return &evenkeel.Error{
				Kind: evenkeel.KindDenied, Says: fmt.Sprintf("to %s is for those with the role %s, and %.80q has %q", a.Kind, roll.JoinRoles(roll.With(r)), p.ID, roll.JoinRoles(p.Roles)),
				Hint: "ask one of them; evenkeel staff list shows who they are",
			}
		}
	}
	return nil
}

// works says why a person may not do an act from the command line, or nil. Until anybody has
// enrolled whoever owns the directory is one person, whatever names they could say.
func (h *house) works(ctx context.Context, p evenkeel.PersonID, a *docket.Act) error {
	who, deciding, err := h.named(ctx, p)
	switch {
	case err != nil || who == nil:
		return err
	case deciding > 1 && ofTwo(a):
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("to %s is a word of one of two persons, and here anybody who owns the directory can say any name", a.Kind),
			Hint: "sign in at the console with your second factor, and say it there",
		}
	}
	return permits(who, a)
}

// named finds who is named on the command line, and how many decide; nil: the one person who is there until anybody has
// enrolled. The error says that it is nobody who works here.
func (h *house) named(ctx context.Context, p evenkeel.PersonID) (who *roll.Person, deciding int, err error) {
	all, err := h.staff.Persons(ctx)
	if err != nil {
		return nil, 0, err
	}
	enrolled := 0
	for i := range all {
		m := &all[i]
		if !slices.ContainsFunc(m.Accounts, func(e staff.Entry) bool { return e.State == roll.Active }) {
			continue
		}
		enrolled++
		if m.Person.May(roll.Decide) {
			deciding++
		}
		if m.Person.ID == p {
			who = &m.Person
		}
	}
	switch {
	case enrolled == 0:
		err = isOperator(p)
	case who == nil:
		err = notHere(p)
	}
	return who, deciding, err
}

// isOperator says why a person may do nothing before anybody has enrolled, or nil: two names of one human being would be the two
// persons whom decisions and appeals need.
func isOperator(p evenkeel.PersonID) error {
	if p == roll.Operator {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%.80q is nobody who works here: nobody has enrolled, and until then there is one person, %s", p, roll.Operator),
		Hint: "say --by " + string(roll.Operator) + "; to work under your own names enrol by the link that the log of evenkeel serve shows, or evenkeel staff link, and invite the others",
	}
}

// notHere says that a person is none of those who have enrolled.
func notHere(p evenkeel.PersonID) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%.80q is nobody who works here and has enrolled", p),
		Hint: "name yourself by the id that the console shows; evenkeel staff list shows who is there, and an admin invites people",
	}
}

// ofTwo says whether an act is a word of one of two persons, who both have to be who they say.
func ofTwo(a *docket.Act) bool {
	return a.Kind == docket.ActPropose || a.Kind == docket.ActRelease || a.Kind.OfReview() || a.Verdict != nil
}

// doAs does what somebody at the console decided. That they are who they say, the console has
// asked; what they may do is asked here again, at the moment of doing.
func (h *house) doAs(ctx context.Context, a docket.Act) (judge.Heard, error) {
	p, err := h.staff.Person(ctx, a.By)
	if err == nil {
		err = permits(&p, &a)
	}
	if err != nil {
		return judge.Heard{}, err
	}
	return h.do(ctx, a)
}

// doForTenant does what came by a tenant's link, which may speak and nothing else.
func (h *house) doForTenant(ctx context.Context, a docket.Act) (judge.Heard, error) {
	if err := spoken(&a); err != nil {
		return judge.Heard{}, err
	}
	return h.do(ctx, a)
}

// spoken says why an act may not come by a tenant's link, or nil.
func spoken(a *docket.Act) error {
	if a.Kind == docket.ActVouch && (a.Confirm == nil || a.Confirm.Speaker == "") { // a role alone is not enough
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "it is not known for sure as whom the link speaks", Hint: "use the link in the newest letter, or have a person confirm the contact"}
	}
	if !a.Kind.OfTenant() || a.By != "" || a.Grant != nil || a.Flag != "" {
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: "a link may answer, say something, appeal, ask for time, call, announce and confirm another contact, and cannot " + a.Kind.String(),
			Hint: "say what should be done; a person looks at it",
		}
	}
	return nil
}
