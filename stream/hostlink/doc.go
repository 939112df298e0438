// Package hostlink joins the agents on the hosts to control: records and receipts come up, orders go down.
//
// In and out: on control's side Open listens (a NATS server of its own, with TLS), Control.Invite gives the
// token for one host, and Control.Run hands on what hosts send and gives them what the Outbox holds for them.
// On a host Enrol uses the token once, and an Agent takes batches (Publish) and receipts (Report), keeps them on
// disk until control has them, and hands each order to its handler. Control.Ask asks a host, which answers now or never.
//
// Reading order: token.go, frame.go, seen.go and claims.go (pure: the token, what is on the wire, what came twice, whose word counts about
// a guest), trust.go
// (certificates), registry.go (who may connect), door.go (who is let in, and what they may do), enrol.go;
// control.go, lane.go (up), desk.go (down) and ask.go (questions); agent.go, pipe.go (what an agent sends); status.go.
//
// What must always hold: a host writes to its own records, receipts, status and answers and reads its own orders, acks and asks,
// by exact subjects and nothing else; what it says of another host or of an order that it was not given is
// refused. A batch is acknowledged only after the handler has taken it, and leaves the disk of the host only then.
// A token works once. The secret key of a host never leaves it. Sizes, rates and memory are bounded per host.
//
// What is not here: what records say, what a measure does (shield), and which orders there are (the store, by the
// Outbox). Only app opens this: the server listens.
package hostlink
