// Package admit shares what an edge has too little of between its tenants: requests in flight, handshakes, bytes of headers and memory.
//
// In and out: a request's tenant and the time go into Gate.Enter; a Ticket comes out, at once or after a short wait, or a reason
// why not. The Ticket is given back with Leave, which is also how the gate learns how long the tenant's backends take. Handshakes, Headers and
// Memory are asked whether a tenant may have so much of the one or the other.
//
// Reading order: gate.go (who comes in, who waits, whose turn it is), limit.go (how many of one tenant's requests its backends
// take), queue.go (who of those that wait goes first), turns.go (which tenant), waiter.go (the goroutine that waits), rate.go (handshakes and
// headers), memory.go.
//
// What must always hold: never more in flight than Total, nor of one tenant than its limit when the last came in; no slot is free
// that somebody who waits may have; a tenant below its guaranteed share, which is Total by its part of the weights of all tenants that were busy in the last Config.Lapse and
// an eighth at most, gets the next
// slot whatever others offer: at once while the reserve lasts, which only such tenants may use, and then with the next requests that end, before anybody
// who has more than its share. So what was lent is given back within the time that a lent request takes. To be turned away allocates nothing
// and takes no lock but the own tenant's. A tenant's state is of fixed size (below 600 bytes with its name) and is forgotten when it was
// idle for Config.Forget; what waits is bounded by Config.Queue. Nothing here asks the time; Try, Leave and
// Cancel in the same order give the same answers, whatever the clock of the machine says.
//
// What is not here: what a refusal looks like, and streams that stay open: whoever serves one gives its Ticket back when the answer's
// header is written, and holds it to Memory and to the door's connections instead.
package admit
