// Package edgelink joins the edges of one operator: what one says the others hear, within milliseconds, without anything in the middle.
//
// In and out: Open listens (a NATS server of its own) and Run reaches out to every other edge's, so that each hears each. Link.Say says something to all,
// Run hands on what others say and by whom, Link.Edges is how the others are reached. One address of another is enough: edges tell each other theirs.
//
// Reading order: options.go (what is set up), names.go (the list of edges that they tell each other; pure), trust.go (certificates), link.go
// (the own server, and who is let in), reach.go (the way to one other edge), rate.go.
//
// What must always hold: whoever connects may listen and nothing else, so nobody can say anything in another's name: what is heard from a connection was said by
// the server at its other end, which has proved its name by a certificate of the fleet's own authority. Without certificates all of
// it stays on loopback. A name is one edge's: of two the second is not heard. One edge is
// one, at however many addresses. Sizes, rates, edges and what waits are bounded, and what is
// over is dropped and counted. Nothing is kept, and nothing comes again.
//
// What is not here: what is said and what follows (shield/gateway/share). Only app opens this: the server listens.
package edgelink
