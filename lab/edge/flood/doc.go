// Package flood is attacks on one site, as values, and who carries them out on test hosts.
//
// In and out: Profiles lists them, each with what it imitates, how often, from how many addresses, and how it introduces itself. Attack.Run carries
// one out for a time; a Report says what was really made, second by second, and what came back.
//
// Reading order: profile.go (the attacks), attack.go (the pace), persons.go (requests of many), raw.go (handshakes, slow ones, frames).
//
// What must always hold: an attack keeps its pace whatever the server does, up to Most that are under way at once; what it could not make is told, because an
// attack that was not made shows nothing. What is sent follows from the seed. It goes only to the address that it is given, and ends with its context.
//
// What is not here: attacks on the way out of a cloud (k): those are frames of guests, see lab/testhost. Volume that fills a link.
package flood
