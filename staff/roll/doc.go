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
// person.go (who works here), role.go and right.go (what they may do), tenure.go (since when),
// account.go (how a person signs in), pass.go (links and sessions), store.go (what a store
// promises), words.go.
//
// # What must always hold
//
// A person is a human being and an account is a way in: one person may have several accounts,
// an account has one person, for ever. What may be done is said by rights, in one table; a role is
// nothing but a row of it. A tenure is ended and never edited. A secret is never printed, whatever the verb. Of a
// token only its SHA-256 is kept.
//
// # What is not here
//
// Asking for a right where something is done, passwords and codes (staff), and SQL (store).
package roll
