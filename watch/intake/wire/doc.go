// Package wire turns what passes the port of a guest into records: counts and addresses, never payload.
//
// In and out: Counts of one guest and second go in (Meter.Count), as the port's own sensor makes them, or
// packets with their times (Meter.Packet), of which the Meter makes such Counts itself; whose an
// address is comes with the options (Guests). Out come, in a batch of the caller's, usage records of the port's meters
// and flow records about the destinations that got most.
//
// Reading order: counts.go (what a second is), guests.go (whose a packet is), tap.go and tally.go (packets into
// Counts), port.go (what a port's sensor saw into Counts), meter.go (Counts into records), memory.go (what is
// new), mining.go (connections that look like a miner's).
//
// What must always hold: the same Counts give the same records, whoever counted; of each second that was
// seen, what rules ask of is told even where it is zero, and of one that was not seen nothing is; a
// guest and second give at most MostRecords records; nothing that packets name is kept without a
// bound; the order of guests and of addresses in a second does not show.
//
// What is not here: how packets are read (instrument/packet), the kernel's side of a port
// (instrument/port), and what the numbers mean (watch/rule).
package wire
