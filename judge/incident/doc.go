// Package incident says when the platform itself is hurt, whom that touches, and what they and the public may be told; pure.
//
// In and out: what edges counted at sites (Watch.Add), and what is known of measures, breakers and edges (Known), come in.
// Breaches go out, the incident that they make (Step), the draft of what the public is told (Draft), and the note to
// each tenant that is touched (Note).
//
// Reading order: watch.go (counts into breaches), step.go (breaches into an incident), known.go (what is known of it, and
// what is not), words.go (the texts), leak.go (whose names no text may hold).
//
// What must always hold: a minute of a site counts once. Nobody is touched of whose site nothing says so. A text about an
// incident is made of facts that have a source each, says what is not known, promises nothing, blames nobody, and no note
// holds the id, the name or a site of another tenant. Nothing is sent by anything here.
//
// What is not here: a person's word, without which nothing leaves (judge); how notes are brought (courier); the public page
// (console/status); what an outage costs, and what is owed for it.
package incident
