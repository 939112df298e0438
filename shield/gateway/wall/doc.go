// Package wall brings addresses that failed repeatedly at the edge down to the kernel, where their packets are dropped before a socket is
// asked, each with its end.
//
// # In and out
//
// In: visits (Wall.Came), addresses that were refused at sites (Wall.Refused), pardons (Wall.Pardon), where the edge listens (Wall.Guards), and the
// time. Out: a Ruling for each address, with its Reason; what is dropped goes to a Hand: an nftables set, an XDP program, or Memory.
//
// # Reading order
//
// reason.go (why, or why not), guard.go (who is never touched), witness.go (what is known of an address), book.go (what is in force, and what
// may be), wall.go (put together), hand.go (what a hand is), memory.go, hands.go (those of the kernel), saved.go.
//
// # What must always hold
//
// A drop in the kernel meets all sites of the edge, so no tenant may steer it at another's visitors. What counts as a failure is the edge's own
// question alone, never what a tenant's backend answers. An address goes down only if it completed handshakes of TCP, was refused at a
// site by that question, and none of this speaks against it: it is in a range that is never touched, is known to be shared, or within the last hour
// somebody who showed a browser or a verified bot came from it, several machines or programs did, or it visited a site of another tenant at which it
// did not fail as well. What is not known (no SYN) speaks against it. IPv6 is dropped by single addresses: a /64 is as often a dormitory as
// it is a household, and whoever takes another address of it has to fail again with it. Where more than MostInNetwork of a network would be dropped at
// once, all of it is let go. At most Most are dropped, each for MostFor at most, MostInSecond are added a second, and where MostInMinute are within a
// minute all are freed, and the process goes on alone: nothing that breaks here shuts anybody out.
// Only TCP to the addresses and ports of the edge is dropped.
//
// # What is not here
//
// Counting failures and refusing at one site (shield/gateway); settings, files and the log (app/edge).
package wall
