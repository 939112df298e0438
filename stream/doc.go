// Package stream carries values between the parts of a process: typed topics, in memory, or
// NATS JetStream embedded or clustered.
//
// In and out: the Intake takes batches (Publish) and gives them back in one total order from
// any position on (Consume), until they are trimmed. A Topic hands values of any type from
// goroutines to a goroutine and keeps nothing. Whoever consumes keeps its own position, in
// its own checkpoint.
//
// Reading order: topic.go (the one without a disk), intake.go (what the durable one
// promises), consume.go (positions, retries, damage), options.go, split.go (a batch into messages of
// one partition each; internal/packed has their form), memory.go and jetstream.go (two logs with one contract),
// session.go (one run of the embedded server), acks.go, pull.go, mark.go; retry.go and
// errors.go serve all of them; streamtest holds the contract.
//
// What must always hold: Publish returns nil only for what is durable: after that neither
// kill -9 loses it nor, with Options.Sync, a power cut. What was published is consumed in
// one order that never changes, at least once. Nothing is dropped in silence: a full stream
// and a full disk refuse new batches, an error of a handler brings the batch again, and a
// message that is damaged or gone is logged with its position and counted (Stats).
//
// What is not here: what the batches say (watch), positions that survive a restart (the
// state of whoever consumes), removing what came twice (watch, by identity), and a lock of
// the folder: the process that calls Open owns it.
package stream
