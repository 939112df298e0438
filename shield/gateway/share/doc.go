// Package share is what the edges of one operator tell each other, and what follows from it at each: an attack that is spread over edges is weighed
// as one, and what an attacker may do does not grow with their number.
//
// In and out: Append writes what an edge says as messages of bounded size, Parse reads one. Fleet.Hear takes what another edge said, Fleet.Sum
// adds others' second of a site to the own one, Fleet.Rises are stages that others went up to, Fleet.Part is the edge's part of what there is a
// second for all. The time is an argument, by a clock that nobody sets.
//
// Reading order: message.go (what is said), encode.go and parse.go (its form), fleet.go (what was heard), sum.go (sites), part.go (who has how much), gathered.go
// (how much lived at once), stops.go.
//
// What must always hold: a message counts once, whatever comes twice, late or in another order; hearing is the same in any order
// of edges and, within 64 messages, of one edge's; what cannot be read changes nothing. Parts of edges that hear each other add up to one at most; an edge
// that does not hear more than half of the fleet never has more than it had. Only its own word ends an edge at once, and then it is as though it had never been. Nothing compares the clocks of two edges: what has a time
// is said by its age or by how long it still lasts. All memory is bounded.
//
// What is not here: carrying messages (stream/edgelink), what a site's controller makes of a sum (shield/gateway/stage), tokens, passes and bans themselves
// (shield/gateway).
package share
