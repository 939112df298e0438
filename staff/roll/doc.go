// Package roll holds the values that staff keeps: persons, their accounts, and passes.
//
// # In and out
//
// Values only, and Store, which says what a store of them does. The room staff decides with
// them, a store keeps them, and nobody else needs secrets: what is shown of persons is
// staff.Member.
//
// # Reading order
//
// person.go (who works here), account.go (how a person signs in), pass.go (links and
// sessions), store.go (what a store promises), words.go.
//
// # What must always hold
//
// A person is a human being and an account is a way in: one person may have several accounts,
// an account has one person, for ever. A secret is never printed, whatever the verb. Of a
// token only its SHA-256 is kept.
//
// # What is not here
//
// Who may do what and when, passwords and codes (staff), and SQL (store).
package roll
