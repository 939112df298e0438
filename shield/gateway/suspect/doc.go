// Package suspect names what brings the load of a domain above what is usual there, and which of its visitors to ask.
//
// # In and out
//
// In: each Visit, with facts that others found out (address, AS, country, keys of the client, shape of the path, whether a pass or a
// verified bot came). In calm visits go into the domain's Habit and the edge's Crowd, while something presses into a Watch. Out: a
// Plan of Rules (Watch.Rules), each with its estimate, its end and its evidence in words; what they do to a visit (Judge, and
// Set, which counts what came of them beside the estimate).
//
// # Reading order
//
// shape.go (paths), visit.go (what is told, and the kinds of keys), habit.go (what is usual), crowd.go (shared addresses), watch.go
// (what comes now), cover.go (which rules), rule.go (what they do and what comes of it), place.go, ban.go.
//
// # What must always hold
//
// Memory has one size: HabitSize for each domain, WatchSize for each that is watched, CrowdSize for an edge, at a million sources too; noting allocates
// nothing. Each rule ends. Who holds a pass and who is a verified bot is never asked by a rule. A rule asks and never
// refuses; in shadow it asks nobody. A rule whose asked visitors turn out to be people is refuted by them. Of an address that many different clients
// share, by what was seen or by a list of carriers and relays, only the pair with the client is named, and a rule that meets carriers'
// and relays' customers counts three times its harm. Without a habit, only keys of a few addresses are named: what is unknown speaks
// against nobody. The estimate of innocents who are asked stays within MostAsked. The same visits under the same key give the same
// rules. Keys are hashed under a secret, so that nobody aims at another's counters.
//
// # What is not here
//
// When a domain is pressed (shield/gateway/stage), pages and passes (instrument/challenge), where an address is
// (shield/gateway/whence), which addresses are refused (shield/gateway).
package suspect
