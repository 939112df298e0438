package docket

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// MaxConfirmed is how many contacts are confirmed in one case: as many as a tenant has.
const MaxConfirmed = 32

// Confirmed is a contact who came while a case was open and whom somebody confirmed (R27).
type Confirmed struct {
	Contact evenkeel.Contact  `json:"contact"`
	Called  string            `json:"called"`           // as its letters named it until then, such as owner#new; never an address
	By      string            `json:"by,omitempty"`     // the known contact who did, as its letters name it; "" where Person did
	Person  evenkeel.PersonID `json:"person,omitempty"` // of the operator, who had checked it by a second way
	At      evenkeel.Moment   `json:"at"`
}

// Confirming is which contact who came an act confirms, and of which list.
type Confirming struct {
	// Contact is whom, as its letters name it: owner#new, or owner.
	Contact string `json:"contact"`
	// Listed is Reach.Listed as whoever confirms has seen it: of another list it is refused. 0: whichever is told now.
	Listed evenkeel.Moment `json:"listed,omitempty"`
}

func (r *Reach) checkConfirmed() error {
	if len(r.Confirmed) > MaxConfirmed {
		return evenkeel.Invalid("%d contacts are confirmed in case %s; expected at most %d", len(r.Confirmed), r.Case, MaxConfirmed)
	}
	for i := range r.Confirmed {
		if c := &r.Confirmed[i]; c.Contact.Address() == "" || c.Called == "" || c.At <= 0 || (c.By == "") == (c.Person == "") {
			return evenkeel.Invalid("a contact confirmed in case %s as %q at %s, by %q or %q; expected an address, how it was called, when, and one of both", r.Case, c.Called, c.At, c.By, c.Person)
		}
	}
	return nil
}

// Goes says whether it may take the place of an older one: nothing of what was known is lost by it.
func (r *Reach) Goes(was *Reach) bool {
	n := len(was.Confirmed)
	return slices.Equal(was.Before, r.Before) && r.Listed >= was.Listed && r.Until >= was.Until && (was.Kept == 0 || r.Kept == was.Kept) &&
		len(r.Confirmed) >= n && slices.Equal(was.Confirmed, r.Confirmed[:n])
}

// Passed are the contacts who were confirmed.
func (r *Reach) Passed() (out []evenkeel.Contact) {
	for i := range r.Confirmed {
		out = append(out, r.Confirmed[i].Contact)
	}
	return out
}

// Called is a person of the tenant's contacts, by the name that letters in the case give it.
type Called struct {
	Name string
	evenkeel.Contact
}

// Came are those who came since, are listed, and are confirmed by nobody. A machine is none of them: nobody speaks through it.
func (r *Reach) Came() []Called {
	return called(Differ(Differ(r.Now, r.Before), r.Passed()), evenkeel.NewContact)
}

// known are those from before and those who were confirmed who are listed still.
func (r *Reach) known() []Called {
	fresh := Differ(r.Now, r.Before)
	return called(append(Differ(r.Now, fresh), Differ(fresh, Differ(fresh, r.Passed()))...), "")
}

// called are the persons among contacts, each once, by their names.
func called(all []evenkeel.Contact, behind string) (out []Called) {
	var names redact.Names
	seen := map[string]bool{}
	for _, c := range all {
		if c.Endpoint != "" || c.Address() == "" || seen[c.Address()] {
			continue
		}
		seen[c.Address()] = true
		out = append(out, Called{names.Next(c.Role, behind), c})
	}
	return out
}

// Footing is on what ground a contact stands who would confirm another who came.
type Footing uint8

// The footings.
const (
	FootingUnknown Footing = iota // it is not known for sure who speaks
	FootingKnown                  // it may: it was there before, or is confirmed, and is listed
	FootingNew                    // it came itself, and its letters say so
	FootingFormer                 // it is none any more
)

// Footing is that of a contact as whom somebody speaks, by the name that a letter gave it. A name may have been that of
// several in the course of the case: each whom it can mean has to be known and listed. With a mark (redact.Key) those
// to whom a letter went under that name have to be, too, and there has to be one: a name is not enough then.
func (r *Reach) Footing(name string, sent []Dispatch, mark func(about, address string) string) Footing {
	switch {
	case !r.Changed() || name == "":
		return FootingUnknown
	case strings.Contains(name, evenkeel.NewContact):
		return FootingNew
	case strings.Contains(name, evenkeel.FormerContact):
		return FootingFormer
	}
	known, meant := r.known(), false
	for _, c := range slices.Concat(called(r.Before, ""), known) {
		if c.Name != name {
			continue
		}
		if meant = true; !slices.ContainsFunc(known, func(k Called) bool { return k.Address() == c.Address() }) {
			return FootingFormer
		}
	}
	if !meant || mark != nil && !wentTo(known, name, sent, mark) {
		return FootingUnknown
	}
	return FootingKnown
}

// wentTo says whether letters under a name went to some of these contacts, and to nobody else.
func wentTo(these []Called, name string, sent []Dispatch, mark func(about, address string) string) (any bool) {
	for i := range sent {
		for _, d := range sent[i].Deliveries {
			if d.ToMachine() || d.Role() != name {
				continue
			}
			is := redact.MarkOf(d.To)
			if any = true; is == "" || !slices.ContainsFunc(these, func(c Called) bool { return mark(string(d.Notice), c.Address()) == is }) {
				return false
			}
		}
	}
	return any
}
