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
	// Speaker is the address of the contact who confirms, where a link says it; "": the name alone is known. It is kept nowhere.
	Speaker string `json:"-"`
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
// Each keeps its name for as long as the list does, whoever beside it is confirmed meanwhile: what was read of one never comes to mean another.
func (r *Reach) Came() []Called {
	passed := r.Passed()
	return slices.DeleteFunc(called(Differ(r.Now, r.Before), evenkeel.NewContact), func(c Called) bool {
		return len(Differ([]evenkeel.Contact{c.Contact}, passed)) == 0
	})
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

// FootingOf is that of whoever has an address.
func (r *Reach) FootingOf(address string) Footing {
	has := func(all []Called) bool {
		return address != "" && slices.ContainsFunc(all, func(c Called) bool { return c.Address() == address })
	}
	switch {
	case has(r.known()):
		return FootingKnown
	case has(r.Came()):
		return FootingNew
	case has(called(slices.Concat(r.Before, r.Passed()), "")):
		return FootingFormer
	}
	return FootingUnknown
}

// Footing is that of whoever speaks by a link, as whom it says (redact.Label), and their address where that is known
// for sure: by the mark in the link; or, where older letters had none, by those to whom letters went under that name, who all
// have to be known and listed. Without marks it is known by the name alone, and no address is.
func (r *Reach) Footing(contact string, sent []Dispatch, marks redact.Key) (is Footing, address string) {
	switch mark := redact.MarkOf(contact); {
	case !marks.Known():
		return r.FootingAs(contact), ""
	case mark != "":
		for _, c := range slices.Concat(r.Before, r.Passed(), r.Now) {
			if marks.Contact(string(r.Case), c.Address()) == mark {
				return r.FootingOf(c.Address()), c.Address()
			}
		}
		return FootingUnknown, ""
	}
	if is = r.FootingAs(contact); is != FootingKnown {
		return is, ""
	}
	if address = r.wentTo(contact, sent, marks); address == "" {
		return FootingUnknown, ""
	}
	return FootingKnown, address
}

// FootingAs is that of whoever speaks under a name. A name may have been that of several in the course of the case: each
// whom it can mean has to be known and listed.
func (r *Reach) FootingAs(name string) Footing {
	switch {
	case strings.Contains(name, evenkeel.NewContact):
		return FootingNew
	case strings.Contains(name, evenkeel.FormerContact):
		return FootingFormer
	}
	is := FootingUnknown
	for _, c := range slices.Concat(called(r.Before, ""), r.known()) {
		if c.Name != name {
			continue
		}
		if is = r.FootingOf(c.Address()); is != FootingKnown {
			return is
		}
	}
	return is
}

// wentTo is the address of the last known contact to whom a letter went under a name; "" where none did, or one went to
// somebody else.
func (r *Reach) wentTo(name string, sent []Dispatch, marks redact.Key) (address string) {
	known := r.known()
	for i := range sent {
		for _, d := range sent[i].Deliveries {
			if d.ToMachine() || d.Role() != name {
				continue
			}
			at := slices.IndexFunc(known, func(c Called) bool { return marks.Mark(string(d.Notice), c.Address()) == redact.MarkOf(d.To) })
			if at < 0 {
				return ""
			}
			address = known[at].Address()
		}
	}
	return address
}
