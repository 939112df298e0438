package courier

import (
	"cmp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// MostRecipients is how many contacts of a tenant are written to: the first ones.
const MostRecipients = 8

// Contacts knows who answers for a tenant.
type Contacts interface {
	// Of returns a tenant's contacts in their order, the first to be told first.
	Of(evenkeel.TenantID) []evenkeel.Contact
}

// Called returns who an address is to a tenant whose contacts these are, by the role that its letters
// and deliveries name it by, and whether it is a contact at all. Those beyond MostRecipients are too.
func Called(all []evenkeel.Contact, address string) (role string, known bool) {
	return called(among(plain(all), len(all)), address)
}

// CalledIn is Called in a case in which a tenant's contacts were changed: Waiting says how.
func CalledIn(w *Waiting, now []evenkeel.Contact, address string) (role string, known bool) {
	all := listed(w, now)
	return called(among(all, len(all)), address)
}

func called(to []Recipient, address string) (role string, known bool) {
	address = strings.ToLower(strings.TrimSpace(address))
	for _, r := range to {
		if address != "" && strings.ToLower(r.Email) == address {
			return r.Role, true
		}
	}
	return "", false
}

// told are those who get a notice, in the order of their roles.
func told(w *Waiting, now []evenkeel.Contact) []Recipient {
	list := recipients
	if w.Notice.Reminder {
		list = everybody
	}
	return chosen(w, now, list)
}

// posted are the machines that get a notice.
func posted(w *Waiting, now []evenkeel.Contact) []Recipient { return chosen(w, now, machines) }

func chosen(w *Waiting, now []evenkeel.Contact, list func([]contact) []Recipient) []Recipient {
	all := listed(w, now)
	known, fresh := all, []contact(nil)
	if at := slices.IndexFunc(all, func(c contact) bool { return c.behind == evenkeel.NewContact }); at >= 0 {
		known, fresh = all[:at], all[at:]
	}
	if w.Notice.Turn > 0 { // those who came since are reminded with all the others
		return inTurn(inOrder(known), w.Notice.Turn)
	}
	return append(list(inOrder(known)), list(inOrder(fresh))...)
}

// roles are the words of contacts' roles in the order in which they are told and reminded: whose account it
// is, who runs the machines, who deals with abuse, who pays. Any other role comes after them.
var roles = [][]string{
	{"owner", "account", "admin", "administrator", "registrant", "customer"},
	{"technical", "tech", "operations", "ops", "on-call", "oncall", "noc", "developer", "engineer"},
	{"abuse", "security", "cert", "csirt"},
	{"billing", "finance", "accounting"},
}

// rank is the place of a role, as roleOf has it, in that order, from 0. Case does not count, nor does what stands behind it.
func rank(role string) int {
	word, _, _ := strings.Cut(role, "#")
	word = strings.ToLower(strings.TrimSpace(word))
	at := slices.IndexFunc(roles, func(words []string) bool { return slices.Contains(words, word) })
	if at < 0 {
		return len(roles)
	}
	return at
}

// inOrder are contacts in the order of their roles, and those of one rank in the inventory's.
func inOrder(all []contact) []contact {
	return slices.SortedStableFunc(slices.Values(all), func(a, b contact) int { return cmp.Compare(rank(roleOf(a.Role)), rank(roleOf(b.Role))) })
}

// inTurn are those who are reminded in a turn: the contacts whose roles come so many after the first that the
// tenant has. Nobody where it has no such: in the end all are.
func inTurn(all []contact, turn int) (to []Recipient) {
	at, last := -1, -1
	for _, r := range among(all, len(all)) {
		if is := rank(r.Role); is != last {
			at, last = at+1, is
		}
		if at == turn {
			to = append(to, r)
		}
	}
	return to
}

// contact is a contact with what stands behind its role, which no role has that is told.
type contact struct {
	evenkeel.Contact
	behind string
}

func plain(all []evenkeel.Contact) []contact { return marked(all, "") }

func marked(all []evenkeel.Contact, behind string) (out []contact) {
	for _, c := range all {
		out = append(out, contact{c, behind})
	}
	return out
}

// listed are the contacts in a case. Where they were changed while it is open, whoever was one before goes
// first, then whoever came and was confirmed, also who is none any more for as long as the books say so; the others who
// came since stand last, crowd out nobody, and are marked as new.
func listed(w *Waiting, now []evenkeel.Contact) []contact {
	if w.Before == nil {
		return plain(now)
	}
	known, fresh := apart(now, w.Before)
	passed, fresh := apart(fresh, w.Confirmed)
	all := plain(append(known, passed...))
	if w.Former {
		_, gone := apart(slices.Concat(w.Before, w.Confirmed), now)
		all = append(all, marked(gone, evenkeel.FormerContact)...)
	}
	return append(all, marked(fresh, evenkeel.NewContact)...)
}

// apart parts contacts into those whose address is in another list, and the others.
func apart(all, by []evenkeel.Contact) (in, out []evenkeel.Contact) {
	there := map[string]bool{}
	for _, c := range by {
		there[c.Address()] = true
	}
	for _, c := range all {
		if there[c.Address()] {
			in = append(in, c)
		} else {
			out = append(out, c)
		}
	}
	return in, out
}

// recipients returns those contacts that have an e-mail address, each address once. A role that
// several have is counted, so that each recipient has a name of its own without an address.
func recipients(all []contact) (to []Recipient) { return among(all, MostRecipients) }

// everybody returns all contacts that have an e-mail address, those first who were not among the
// first: whoever is reminded has heard nothing from them, so others are asked.
func everybody(all []contact) []Recipient {
	to := among(all, len(all))
	first := min(MostRecipients, len(to))
	return slices.Concat(to[first:], to[:first])
}

// machines returns those contacts that are endpoints, as recipients does the others.
func machines(all []contact) []Recipient {
	return pick(all, MostRecipients, func(c *contact) Recipient { return Recipient{Endpoint: c.Endpoint} })
}

// among is recipients, at most so many.
func among(all []contact, most int) []Recipient {
	return pick(all, most, func(c *contact) Recipient {
		if c.Endpoint != "" {
			return Recipient{}
		}
		return Recipient{Email: strings.TrimSpace(c.Email)}
	})
}

// pick returns recipients by the address that as finds in a contact; those without one are left out.
func pick(all []contact, most int, as func(*contact) Recipient) (to []Recipient) {
	seen, names := map[string]bool{}, redact.Names{}
	for i := range all {
		c := &all[i]
		r := as(c)
		if r.address() == "" || seen[c.Address()] {
			continue
		}
		if len(to) == most {
			break
		}
		seen[c.Address()] = true
		r.Role, r.Lang = names.Next(c.Role, c.behind), c.Lang
		to = append(to, r)
	}
	return to
}

// roleOf is a role as it may stand where no address may: two contacts are never called the same, whatever
// their roles are.
func roleOf(role string) string { return redact.Named(role) }
