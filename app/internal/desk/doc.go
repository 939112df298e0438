// Package desk fits the console to the rooms that it speaks with: who works here (staff), what
// is known of tenants (inventory), and what the policy in force says.
//
// In and out: a staff.Desk, a registry and a policy come in; what console.Parts and visit.Parts
// ask for goes out.
//
// Reading order: door.go (how people come in), provided.go (by a provider), near.go (who is on this machine), roster.go (who they are), facts.go (what is known
// of tenants, and the terms of families).
//
// What must always hold: nothing is decided here. What a session may do is asked of staff each
// time, with the token that the browser shows, and never remembered; no address of a contact
// gets to the console.
//
// What is not here: pages (console), rules of signing in (staff), what a policy means (judge).
package desk
