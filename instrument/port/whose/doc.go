// Package whose says which guest hangs at which port of a host.
//
// In and out: a Book is made of what the operator wrote (Pattern, and Guest for each guest about which
// more is known) and of what virtualisation and containers on this host say (Claim); Book.Of takes a
// port.Place and returns the guest, or why there is none.
//
// Reading order: pattern.go (names of interfaces), book.go (who comes first).
//
// What must always hold: an interface of the host's own is nobody's; where two say different
// things, the one that is more certain counts (an interface that was named, then what the
// hypervisor says, then the MAC, then a pattern), and where two of one rank do, nobody is named: a
// wrong guest is worse than none. Only whoever keeps a port for one of these (Book.Keep) has that one named. Else
// the sequence in which things were said does not show.
//
// What is not here: finding interfaces (instrument/port/live), asking hypervisors, and who rents a
// guest (inventory).
package whose
