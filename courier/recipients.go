package courier

import (
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
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
	address = strings.ToLower(strings.TrimSpace(address))
	for _, r := range among(all, len(all)) {
		if address != "" && strings.ToLower(r.Email) == address {
			return r.Role, true
		}
	}
	return "", false
}

// recipients returns those contacts that have an e-mail address, each address once. A role that
// several have is counted, so that each recipient has a name of its own without an address.
func recipients(all []evenkeel.Contact) (to []Recipient) { return among(all, MostRecipients) }

// everybody returns all contacts that have an e-mail address, those first who were not among the
// first: whoever is reminded has heard nothing from them, so others are asked.
func everybody(all []evenkeel.Contact) []Recipient {
	to := among(all, len(all))
	first := min(MostRecipients, len(to))
	return slices.Concat(to[first:], to[:first])
}

// among is recipients, at most so many.
func among(all []evenkeel.Contact, most int) (to []Recipient) {
	seen, roles := map[string]bool{}, map[string]int{}
	for _, c := range all {
		address := strings.TrimSpace(c.Email)
		if address == "" || seen[strings.ToLower(address)] {
			continue
		}
		if len(to) == most {
			break
		}
		seen[strings.ToLower(address)] = true
		role := roleOf(c.Role)
		if roles[role]++; roles[role] > 1 {
			role += " #" + strconv.Itoa(roles[role])
		}
		to = append(to, Recipient{Role: role, Email: address, Lang: c.Lang})
	}
	return to
}

// roleOf is a role as it may stand where no address may: the intake takes none with a sign of one
// any more, but did. It holds no #, which is what our own counting is written with: two contacts
// are never called the same, whatever their roles are.
func roleOf(role string) string {
	role = cut(clean(strings.NewReplacer("@", " at ", "#", "＃").Replace(role)), 64)
	if role == "" {
		return "contact"
	}
	return role
}
