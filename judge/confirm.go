package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// confirm takes in that a contact who came while the case is open is confirmed: by another of the tenant's who was
// there before and is listed still, or was confirmed, or by a person who checked it by a second way. From then on the
// contact is known as those from before are. Nobody confirms themselves, and nobody does who is none any more (R27).
// All contacts are told who did it, so that a mailbox that somebody got into leaves a trace. It answers
// no question and ends no clock.
func (w *draft) confirm(a *docket.Act, fam *policy.Family) error {
	c := w.dossier.Case
	switch {
	case a.Kind == docket.ActConfirm && a.By == "":
		return evenkeel.Invalid("nobody confirms it; expected the person who checked it by a second way")
	case strings.TrimSpace(a.Says) == "":
		return evenkeel.Invalid("it does not say how it is known who that is; expected a sentence")
	case a.Confirm == nil || a.Confirm.Contact == "" || strings.Contains(a.Confirm.Contact, "@"):
		return evenkeel.Invalid("it does not say who is confirmed; expected the role of a contact who came, such as owner%s, and no address", evenkeel.NewContact)
	case c == nil || c.State == evenkeel.CaseClosed:
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no case of it is open", Hint: "in a case that opens later the contacts of that time are known"}
	}
	is, err := w.tx.Reach(c.ID)
	if err != nil {
		return err
	}
	who, err := comesIn(&is, a.Confirm)
	if err != nil {
		return err
	}
	x := docket.Confirmed{Contact: who.Contact, Called: clip(who.Name), Person: a.By, At: a.At}
	if a.Kind == docket.ActVouch {
		on := is.FootingAs(a.Contact)
		if a.Confirm.Speaker != "" {
			on = is.FootingOf(a.Confirm.Speaker)
		}
		if err := mayVouch(on); err != nil {
			return err
		}
		x.By, x.Person = clip(withoutAddresses(a.Contact)), ""
	}
	is.Confirmed = append(slices.Clone(is.Confirmed), x)
	w.out.Reaches = append(w.out.Reaches, is)
	if err := w.acted(a); err != nil {
		return err
	}
	says := fmt.Sprintf("The %s contact, who came while the case is open, was confirmed by the %s contact.", x.Called, x.By)
	if x.Person != "" {
		says = fmt.Sprintf("The %s contact, who came while the case is open, was confirmed by %s, who checked it by a second way.", x.Called, x.Person)
	}
	w.note(evenkeel.Entry{
		At: a.At, Kind: evenkeel.EntryCase, Actor: evenkeel.Actor{Policy: w.policy, Person: x.Person}, State: stateConfirmed, Ref: a.ID,
		Says: strings.Join([]string{says, "From now on it is known as those from before are."}, " "),
	})
	n := evenkeel.Contacts{Until: is.Until, Confirmed: rolesOf([]evenkeel.Contact{who.Contact})[0], By: x.By}
	return w.tellRelisted(n, func(d evenkeel.DecisionID) evenkeel.NoticeID { return evenkeel.NewConfirmedID(d, a.ID) }, a.At, fam)
}

// comesIn finds who is confirmed among those who came.
func comesIn(is *docket.Reach, a *docket.Confirming) (who docket.Called, err error) {
	came := is.Came()
	at := slices.IndexFunc(came, func(c docket.Called) bool {
		return c.Name == a.Contact || c.Name == strings.Replace(a.Contact, " #", evenkeel.NewContact+" #", 1) || c.Name == a.Contact+evenkeel.NewContact
	})
	var names []string
	same := 0 // of those whom a role alone may mean
	for _, c := range came {
		names = append(names, c.Name)
		if redact.Named(c.Role) == a.Contact {
			same++
		}
	}
	switch {
	case !is.Changed():
		return who, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "no contact came while the case is open", Hint: "whoever is a contact now is known"}
	case a.Listed != 0 && a.Listed != is.Listed:
		return who, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "the contacts were changed once more since they were read", Hint: "read who is there now, and confirm it again if it is right"}
	case at < 0 && slices.ContainsFunc(is.Confirmed, func(c docket.Confirmed) bool { return c.Called == a.Contact }):
		return who, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("contact %q is confirmed already", a.Contact)}
	case at < 0 && len(names) == 0:
		return who, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no contact who waits to be confirmed", Hint: "the timeline says who came while the case is open (evenkeel case show)"}
	case at < 0:
		return who, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("contact %q is none who came; expected one of %s", withoutAddresses(clip(a.Contact)), strings.Join(names, ", "))}
	case same > 1: // in which order they came is whoever changed the list to say
		return who, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("%d contacts came as %q; expected one of %s", same, a.Contact, strings.Join(names, ", ")),
			Hint: "the page of the case shows which address is whose, as far as it can be compared",
		}
	case len(is.Confirmed) >= docket.MaxConfirmed:
		return who, &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("%d contacts were confirmed in the case, and more are not", docket.MaxConfirmed), Hint: "decide the case: in the next one all contacts of that time are known"}
	}
	return came[at], nil
}

// mayVouch says why a contact may not confirm another, or nil.
func mayVouch(f docket.Footing) error {
	denied := func(says string) error {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: says, Hint: "a person confirms contacts where no known one can: evenkeel case confirm"}
	}
	switch f {
	case docket.FootingKnown:
		return nil
	case docket.FootingNew:
		return denied("a contact who came while the case is open confirms nobody, and not itself")
	case docket.FootingFormer:
		return denied("a contact who is none any more confirms nobody")
	default:
		return denied("it is not known for sure which contact speaks")
	}
}
