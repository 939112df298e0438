package roll

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Store keeps persons, accounts and passes. Any number of goroutines may use it. What it must
// do is held by stafftest.
type Store interface {
	// Transact calls f with a transaction, one after the other, and keeps all of what f put, or
	// nothing: where f returns an error, where anything that f put was refused, and where ctx
	// ends before. What is put can be read in the same transaction.
	Transact(ctx context.Context, f func(Tx) error) error
	// View calls f with what is kept at one moment. Putting is refused (KindDenied).
	View(ctx context.Context, f func(Tx) error) error
}

// Tx is one transaction. Each part speaks of one noun. Put keeps a value whole, in the place of
// the one with its id or as a new one; it refuses with KindInvalid what fails its Check or
// belongs to nobody, and with KindConflict what speaks against what is kept.
type Tx interface {
	People
	Tenures
	Accounts
	Passes
}

// People are the persons.
type People interface {
	// Person returns a person, and whether there is one.
	Person(id evenkeel.PersonID) (Person, bool, error)
	// Persons returns all, by id.
	Persons() ([]Person, error)
	PutPerson(p Person) error
}

// Tenures are since when persons have their roles, and when they had others.
type Tenures interface {
	// TenuresOf returns those of a person, the oldest first, and by role where they began together.
	TenuresOf(id evenkeel.PersonID) ([]Tenure, error)
	// PutTenure adds one, or ends the one that goes on. It refuses with KindConflict a second one of
	// a role that goes on, and anything that alters one that has ended or who gave it; with
	// KindInvalid one of a person who is not kept.
	PutTenure(t Tenure) error
}

// Accounts are the accounts.
type Accounts interface {
	// Account returns an account, and whether there is one.
	Account(id AccountID) (Account, bool, error)
	// Named returns the account with a name, which is not "".
	Named(name string) (Account, bool, error)
	// Known returns the account of a subject at an issuer, neither of which is "".
	Known(issuer, subject string) (Account, bool, error)
	// AccountsOf returns the accounts of a person, by id.
	AccountsOf(id evenkeel.PersonID) ([]Account, error)
	// PutAccount refuses a name or a subject that another account has, and another person than the account
	// had, with KindConflict; and an account of a person who is not kept, with KindInvalid.
	PutAccount(a Account) error
	// DropAccount takes an account away, with its passes; one that is not there is no error.
	DropAccount(id AccountID) error
}

// Passes are links and sessions.
type Passes interface {
	// Pass returns a pass, whether or not it is over, and whether there is one.
	Pass(id PassID) (Pass, bool, error)
	// PutPass refuses another account than the pass had, with KindConflict, and a pass of an
	// account that is not kept, with KindInvalid.
	PutPass(p Pass) error
	// DropPass takes a pass away; one that is not there is no error.
	DropPass(id PassID) error
	// DropPasses takes the passes of an account away, those of some kinds or, where none is
	// named, all.
	DropPasses(id AccountID, kinds ...PassKind) error
	// SweepPasses takes the passes away that were over before a moment.
	SweepPasses(before evenkeel.Moment) error
}
