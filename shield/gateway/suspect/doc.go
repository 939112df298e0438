// Package suspect names what brings the load of a domain above what is usual there, and which of its visitors to ask.
//
// # In and out
//
// In: each Visit, with facts that others found out (address, AS, country, keys of the client, shape of the path, whether a pass or a
// verified bot came). In calm visits go into the domain's Habit and the edge's Crowd, while something presses into a Watch. Out: a
// Plan of Rules (Watch.Rules), each with its estimate, its end and its evidence in words; what they do to a visit (Judge, and
// Set, which counts what came of them beside the estimate); addresses to be refused in the kernel (Watch.Down).
//
// # Reading order
//
// shape.go (paths), visit.go (what is told, and the kinds of keys), habit.go (what is usual), crowd.go (shared addresses), watch.go
// (what comes now), cover.go (which rules), rule.go (what they do), down.go.
//
// # What must always hold
//
// Memory has one size: HabitSize for each domain, WatchSize for each that is watched, CrowdSize for an edge, at a million sources too; noting allocates
// nothing. Each rule ends. Who holds a pass and who is a verified bot is never asked by a rule. Only an exact address that completed
// handshakes and failed repeatedly is refused or named to the kernel, and only where no pass came from it and no crowd of different
// clients does; a fingerprint, an AS, a country, a prefix, a path are asked and never refused. Of an address that many different clients
// share only the pair with the client is named; so whoever makes one address look like many is not refused by it, and has to be met
// by other keys and the stage. Without a habit, only keys of a few addresses are named: what is unknown speaks
// against nobody. The estimate of innocents who are asked stays within MostAsked. The same visits under the same key give the same
// rules. Keys are hashed under a secret, so that nobody aims at another's counters.
//
// # What is not here
//
// When a domain is pressed (shield/gateway/stage), pages and passes (instrument/challenge), where an address is
// (the gateway's tables), carrying bans out (shield/host).
package suspect
