// Package staff says who works here: persons (distinct from accounts), how they sign in, and
// what their roles allow.
//
// # In and out
//
// In: what somebody types or opens: a name with a password and a code (Desk.Enter), a one-time
// link (Desk.EnterByLink), the token of a session (Desk.Whose). Out: a Session, which names the
// person and what they may do, or one error that does not say which part was wrong. Persons,
// accounts and passes are kept in a roll.Store.
//
// # Reading order
//
// session.go (what others are given), desk.go (the parts), links.go (the first way in, and the
// way back in), enrol.go (both factors become known), enter.go (signing in), provided.go (by a provider), people.go (who
// invites and disables whom), roles.go (who may what, and since when); then the tools: password.go (Argon2id), totp.go (codes), turn.go
// (how many hashes at once), patience.go (who waits how long), names.go, qr.go, trace.go (what the log
// is told). The values stand in roll.
//
// # What must always hold
//
// Person is not account: one human being may have several accounts, and never counts as two.
// Once somebody who administers has enrolled, there is no session without both factors that may
// do more than enrol. A link and a code work once. Who has enrolled is not told to who has not
// signed in: an unknown name costs the same work and gives the same answer as a wrong password.
// Nobody who has signed in from this browser before waits because of what others typed, and
// nobody is told to wait longer than MaxWait. A provider signs in whoever was invited and nobody else,
// unless the settings say that it may; no id that is taken is taken over by a name there. Of tokens only hashes are kept, and the log has
// nothing that was typed to sign in. Nobody but the owner of the machine makes a way in for a
// person who can sign in.
//
// # What is not here
//
// How a provider is asked (staff/oidc), cookies, forms and pages (console), who listens on loopback (app), hours and rotations (not
// yet), tenants and their links, and the log of who looked at what (judge).
package staff
