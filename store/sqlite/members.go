package sqlite

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"iter"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// member is who somebody is to the house, as the ledger seals it: which roles they have and had,
// since when and from whom, and how they come in. Nobody's name and nothing secret is in it. Whoever
// made themselves a second person cannot do so without a leaf that has its time, or without a row
// that no leaf fits (docs/two-persons.md).
type member struct {
	ID       string   `json:"id"`
	Roles    string   `json:"roles"`
	Tenures  []tenure `json:"tenures,omitempty"`
	Accounts []way    `json:"accounts,omitempty"`
}

// tenure is a stretch of time with a role.
type tenure struct {
	Role    string          `json:"role"`
	From    evenkeel.Moment `json:"from"`
	Until   evenkeel.Moment `json:"until,omitempty"`
	By      string          `json:"by,omitempty"`
	EndedBy string          `json:"ended_by,omitempty"`
}

// way is an account.
type way struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Issuer string `json:"issuer,omitempty"` // who signs them in; "" the house
}

// sealedSince is the form since which staff are sealed.
const sealedSince = reportedSince

// memberOf reads what somebody is; nil where there is no such person.
func (x *staffTx) memberOf(id evenkeel.PersonID) (*member, error) {
	p, found, err := x.Person(id)
	if err != nil || !found {
		return nil, err
	}
	m := &member{ID: string(id), Roles: roll.JoinRoles(p.Roles)}
	tenures, err := x.TenuresOf(id)
	for _, t := range tenures {
		m.Tenures = append(m.Tenures, tenure{t.Role.String(), t.From, t.Until, string(t.By), string(t.EndedBy)})
	}
	if err != nil {
		return nil, err
	}
	accounts, err := x.AccountsOf(id)
	for i := range accounts {
		m.Accounts = append(m.Accounts, way{string(accounts[i].ID), accounts[i].State.String(), accounts[i].Issuer})
	}
	return m, err
}

// formOfMember is a member as JSON, or "" where there is no such person.
func (x *staffTx) formOfMember(id evenkeel.PersonID) (string, error) {
	m, err := x.memberOf(id)
	if m == nil || err != nil {
		return "", err
	}
	b, err := json.Marshal(m)
	return string(b), err
}

// touch notes what somebody is before a transaction changes it.
func (x *staffTx) touch(id evenkeel.PersonID) (err error) {
	if _, known := x.touched[id]; known {
		return nil
	}
	if x.touched == nil {
		x.touched = map[evenkeel.PersonID]string{}
	}
	x.touched[id], err = x.formOfMember(id)
	return err
}

// seal adds a leaf of each person who is something else than before.
func (x *staffTx) seal(ctx context.Context, t *tx) error {
	var changed []string
	for _, id := range slices.Sorted(maps.Keys(x.touched)) {
		form, err := x.formOfMember(id)
		if err != nil {
			return err
		}
		if form != "" && form != x.touched[id] {
			changed = append(changed, form)
		}
	}
	return sealMembers(ctx, t, changed)
}

// sealMembers adds leaves, dated by the clock of the database.
func sealMembers(ctx context.Context, t *tx, forms []string) error {
	if len(forms) == 0 {
		return nil
	}
	key, err := log{t}.Key(docket.House)
	if err != nil {
		return err
	}
	var milli int64
	if _, err := t.one(ctx, []any{&milli}, "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)"); err != nil {
		return err
	}
	leaves := make([]ledger.Leaf, len(forms))
	for i, f := range forms {
		leaves[i] = ledger.OfStaff(key, evenkeel.Moment(milli*1e6), []byte(f))
	}
	sealed, err := ledger.Seal(log{t}, leaves...)
	if err != nil {
		return err
	}
	return t.keepSealed(ctx, &docket.Changes{Tenant: docket.House, Sealed: sealed})
}

// sealAllMembers adds leaves of who works here already.
func sealAllMembers(ctx context.Context, s *session) error {
	var forms []string
	for row, err := range memberRows(ctx, s) {
		if err != nil {
			return err
		}
		forms = append(forms, string(row.Value))
	}
	return sealMembers(ctx, &tx{session: s, random: rand.Reader}, forms)
}

// hasMembers says whether the file is of a form in which staff are sealed.
func hasMembers(ctx context.Context, s *session) (bool, error) {
	f, err := formOf(ctx, s)
	return f.version >= sealedSince, err
}

// memberRows goes along who works here, as it is in use.
func memberRows(_ context.Context, s *session) iter.Seq2[ledger.Row, error] {
	return func(yield func(ledger.Row, error) bool) {
		x := &staffTx{session: s, view: true}
		all, err := x.Persons()
		if err != nil {
			yield(ledger.Row{}, err)
			return
		}
		for i := range all {
			form, err := x.formOfMember(all[i].ID)
			if !yield(ledger.Row{Kind: ledger.KindStaff, ID: string(all[i].ID), Tenant: docket.House, Value: []byte(form)}, err) {
				return
			}
		}
	}
}
