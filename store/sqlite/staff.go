package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Staff keeps persons, accounts and passes beside the books, in the same file. What is dropped
// of them is overwritten, like all that is taken out of the file.
type Staff struct{ db *DB }

// Staff returns who works here.
func (db *DB) Staff() *Staff { return &Staff{db} }

// Transact calls f with a transaction and keeps all of what f put, or nothing of it.
func (s *Staff) Transact(ctx context.Context, f func(roll.Tx) error) error {
	return s.db.write(ctx, "keep who works here", func(session *session) error {
		x := &staffTx{session: session}
		if err := f(x); err != nil {
			return err
		}
		if x.refused != nil {
			return x.refused
		}
		return told("seal who works here", x.seal(context.Background(), &tx{session: session, random: s.db.random}))
	})
}

// View calls f with what is kept at one moment.
func (s *Staff) View(ctx context.Context, f func(roll.Tx) error) error {
	return s.db.read(ctx, "read who works here", func(ctx context.Context, session *session) error {
		x := &staffTx{session: session, view: true}
		if s.db.turn == nil { // the file is only read, and may be of an older form
			f, err := formOf(ctx, session)
			if err != nil {
				return err
			}
			x.before = f.version < rolesSince
		}
		if err := f(x); err != nil {
			return err
		}
		return x.refused
	})
}

// staffTx is one transaction. Its statements run to their end whatever happens to the context:
// they are short.
type staffTx struct {
	session *session
	view    bool
	before  bool                         // the file has no tenures and no subjects: it is read as one in which there are none
	refused error                        // why what was put is not kept
	touched map[evenkeel.PersonID]string // what those whom it changes were before; "" nobody
}

// put keeps something, if it may be.
func (x *staffTx) put(doing string, check error, keep func(context.Context, *session) error) error {
	err := check
	switch {
	case x.view:
		err = &evenkeel.Error{Kind: evenkeel.KindDenied, Says: doing + ": the roll is open to be read only"}
	case x.refused != nil: // SQLite may have ended the transaction by now
		return x.refused
	}
	if err == nil {
		err = told(doing, keep(context.Background(), x.session))
	}
	if err != nil && x.refused == nil {
		x.refused = err
	}
	return err
}

// first reads the first row of a query, if there is one.
func first[T any](x *staffTx, read func(*sql.Rows) (T, error), query string, args ...any) (v T, found bool, err error) {
	err = x.session.each(context.Background(), func(r *sql.Rows) (err error) {
		found = true
		v, err = read(r)
		return err
	}, query, args...)
	return v, found && err == nil, told("read the roll", err)
}

// every reads all rows of a query.
func every[T any](x *staffTx, read func(*sql.Rows) (T, error), query string, args ...any) (out []T, err error) {
	err = x.session.each(context.Background(), func(r *sql.Rows) error {
		v, err := read(r)
		out = append(out, v)
		return err
	}, query, args...)
	return out, told("read the roll", err)
}

const (
	selectPerson       = "SELECT id, name, may FROM persons"
	selectPersonBefore = "SELECT id, name, roles FROM persons"
)

func (x *staffTx) selectPerson() string {
	if x.before {
		return selectPersonBefore
	}
	return selectPerson
}

func readPerson(r *sql.Rows) (p roll.Person, err error) {
	var roles string
	if err := r.Scan(&p.ID, &p.Name, &roles); err != nil {
		return p, err
	}
	p.Roles, err = roll.ParseRoles(roles)
	return p, err
}

func (x *staffTx) Person(id evenkeel.PersonID) (roll.Person, bool, error) {
	return first(x, readPerson, x.selectPerson()+" WHERE id = ?", string(id))
}

func (x *staffTx) Persons() ([]roll.Person, error) {
	return every(x, readPerson, x.selectPerson()+" ORDER BY id")
}

func (x *staffTx) PutPerson(p roll.Person) error {
	return x.put("keep person "+string(p.ID), p.Check(), func(ctx context.Context, s *session) error {
		if err := x.touch(p.ID); err != nil {
			return err
		}
		return s.exec(ctx, `INSERT INTO persons (id, name, may, roles) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, may = excluded.may, roles = excluded.roles`,
			string(p.ID), p.Name, roll.JoinRoles(p.Roles), roll.JoinRoles(knownBefore(p.Roles)))
	})
}

// knownBefore are those of some roles that programs of earlier forms know.
func knownBefore(list []roll.Role) []roll.Role {
	return slices.DeleteFunc(slices.Clone(list), func(r roll.Role) bool { return r != roll.Reviewer && r != roll.Admin })
}

func readTenure(r *sql.Rows) (t roll.Tenure, err error) {
	var role string
	if err := r.Scan(&t.Person, &role, &t.From, &t.Until, &t.By, &t.EndedBy); err != nil {
		return t, err
	}
	t.Role, err = roll.ParseRole(role)
	return t, err
}

func (x *staffTx) TenuresOf(id evenkeel.PersonID) ([]roll.Tenure, error) {
	if x.before {
		return nil, nil
	}
	all, err := every(x, readTenure, `SELECT person, role, from_at, coalesce(until_at, 0), coalesce(given_by, ''), coalesce(ended_by, '')
		FROM tenures WHERE person = ?`, string(id))
	slices.SortFunc(all, roll.CompareTenures)
	return all, err
}

func (x *staffTx) PutTenure(t roll.Tenure) error {
	return x.put("keep since when "+string(t.Person)+" has a role", t.Check(), func(ctx context.Context, s *session) error {
		if err := x.touch(t.Person); err != nil {
			return err
		}
		// What the update passes over, the insert meets.
		return s.exchange(ctx, "a role is had once at a time, and what has ended stays as it is",
			`UPDATE tenures SET until_at = nullif(?4, 0), ended_by = nullif(?6, '')
				WHERE person = ?1 AND role = ?2 AND from_at = ?3 AND until_at IS NULL AND ?4 > 0 AND given_by IS nullif(?5, '')`,
			`INSERT INTO tenures (person, role, from_at, until_at, given_by, ended_by) VALUES (?1, ?2, ?3, nullif(?4, 0), nullif(?5, ''), nullif(?6, ''))`,
			string(t.Person), t.Role.String(), int64(t.From), int64(t.Until), string(t.By), string(t.EndedBy))
	})
}

const (
	selectAccount       = "SELECT id, person, state, coalesce(name, ''), password, factor, seed, step, made, coalesce(issuer, ''), coalesce(subject, ''), coalesce(email, '') FROM accounts"
	selectAccountBefore = "SELECT id, person, state, coalesce(name, ''), password, factor, seed, step, made, '', '', '' FROM accounts"
)

func (x *staffTx) selectAccount() string {
	if x.before {
		return selectAccountBefore
	}
	return selectAccount
}

func readAccount(r *sql.Rows) (a roll.Account, err error) {
	var state, factor string
	var password, seed []byte
	if err := r.Scan(&a.ID, &a.Person, &state, &a.Name, &password, &factor, &seed, &a.Step, &a.Made, &a.Issuer, &a.Subject, &a.Email); err != nil {
		return a, err
	}
	a.Password, a.Seed = password, seed
	if a.State, err = roll.ParseState(state); err != nil {
		return a, err
	}
	a.Factor, err = roll.ParseFactor(factor)
	return a, err
}

func (x *staffTx) Account(id roll.AccountID) (roll.Account, bool, error) {
	return first(x, readAccount, x.selectAccount()+" WHERE id = ?", string(id))
}

func (x *staffTx) Named(name string) (roll.Account, bool, error) {
	return first(x, readAccount, x.selectAccount()+" WHERE name = ?", name)
}

func (x *staffTx) Known(issuer, subject string) (roll.Account, bool, error) {
	if x.before {
		return roll.Account{}, false, nil
	}
	return first(x, readAccount, x.selectAccount()+" WHERE issuer = ? AND subject = ?", issuer, subject)
}

func (x *staffTx) AccountsOf(id evenkeel.PersonID) ([]roll.Account, error) {
	return every(x, readAccount, x.selectAccount()+" WHERE person = ? ORDER BY id", string(id))
}

func (x *staffTx) PutAccount(a roll.Account) error {
	return x.put("keep account "+string(a.ID), a.Check(), func(ctx context.Context, s *session) error {
		if err := x.touch(a.Person); err != nil {
			return err
		}
		// Update passes the account of another person over, and insert meets it.
		return s.exchange(ctx, "its person stays, and its name and subject are no other account's",
			`UPDATE accounts SET state = ?3, name = nullif(?4, ''), password = ?5, factor = ?6, seed = ?7, step = ?8, made = ?9,
				issuer = nullif(?10, ''), subject = nullif(?11, ''), email = nullif(?12, '') WHERE id = ?1 AND person = ?2`,
			`INSERT INTO accounts (id, person, state, name, password, factor, seed, step, made, issuer, subject, email)
				VALUES (?1, ?2, ?3, nullif(?4, ''), ?5, ?6, ?7, ?8, ?9, nullif(?10, ''), nullif(?11, ''), nullif(?12, ''))`,
			string(a.ID), string(a.Person), a.State.String(), a.Name, blob(a.Password), a.Factor.String(), blob(a.Seed), a.Step, int64(a.Made),
			a.Issuer, a.Subject, a.Email)
	})
}

func (x *staffTx) DropAccount(id roll.AccountID) error {
	return x.put("drop account "+string(id), nil, func(ctx context.Context, s *session) error {
		a, found, err := x.Account(id)
		if err == nil && found {
			err = x.touch(a.Person)
		}
		if err != nil {
			return err
		}
		return s.exec(ctx, "DELETE FROM accounts WHERE id = ?", string(id)) // its passes go with it
	})
}

const selectPass = "SELECT id, kind, account, made, seen, until_at, offer FROM passes"

func readPass(r *sql.Rows) (p roll.Pass, err error) {
	var id, offer []byte
	var kind string
	if err := r.Scan(&id, &kind, &p.Account, &p.Made, &p.Seen, &p.Until, &offer); err != nil {
		return p, err
	}
	p.ID, p.Offer = roll.PassID(id), offer // the database keeps 32 bytes
	p.Kind, err = roll.ParsePassKind(kind)
	return p, err
}

func (x *staffTx) Pass(id roll.PassID) (roll.Pass, bool, error) {
	return first(x, readPass, selectPass+" WHERE id = ?", id[:])
}

func (x *staffTx) PutPass(p roll.Pass) error {
	return x.put("keep a pass of account "+string(p.Account), p.Check(), func(ctx context.Context, s *session) error {
		return s.exchange(ctx, "a pass stays with its account",
			"UPDATE passes SET kind = ?2, made = ?4, seen = ?5, until_at = ?6, offer = ?7 WHERE id = ?1 AND account = ?3",
			"INSERT INTO passes (id, kind, account, made, seen, until_at, offer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
			p.ID[:], p.Kind.String(), string(p.Account), int64(p.Made), int64(p.Seen), int64(p.Until), blob(p.Offer))
	})
}

func (x *staffTx) DropPass(id roll.PassID) error {
	return x.put("drop a pass", nil, func(ctx context.Context, s *session) error {
		return s.exec(ctx, "DELETE FROM passes WHERE id = ?", id[:])
	})
}

func (x *staffTx) DropPasses(id roll.AccountID, kinds ...roll.PassKind) error {
	return x.put("drop passes of account "+string(id), nil, func(ctx context.Context, s *session) error {
		query, args := "DELETE FROM passes WHERE account = ?", []any{string(id)}
		if len(kinds) > 0 {
			query += " AND kind IN (" + strings.TrimPrefix(strings.Repeat(", ?", len(kinds)), ", ") + ")"
		}
		for _, k := range kinds {
			args = append(args, k.String())
		}
		return s.exec(ctx, query, args...)
	})
}

func (x *staffTx) SweepPasses(before evenkeel.Moment) error {
	return x.put("drop passes that are over", nil, func(ctx context.Context, s *session) error {
		return s.exec(ctx, "DELETE FROM passes WHERE until_at < ?", int64(before))
	})
}

// blob is a secret for the database, which is the only one that gets its bytes.
func blob(s roll.Secret) []byte { return append([]byte{}, s...) }
