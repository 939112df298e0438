// Package fleet carries orders out on many hosts: a shield.Backend that hands each order to the hosts that hold its
// assets, and makes one receipt of what they answer.
//
// In and out: orders (Fleet.Apply) and what hosts answer (Fleet.Answer) go in; what waits for a host (Fleet.Pending)
// and receipts come out, at once or later (Options.Books). Roster says which hosts there are, and what they hold.
//
// Reading order: fleet.go (the Fleet, one order), errand.go (what waits for one host), answers.go (what all hosts of
// an order said, and guests that move), merge.go (one receipt of several), probe.go.
//
// What must always hold: an order goes to hosts that say that they hold one of its assets, with these assets
// alone, and to nobody else; its lift goes to every host that the order went to. No receipt says applied
// of which no host said so, and each receipt is of all hosts of its order: none stands for another. A guest that moves
// keeps its measure while that stands, and no longer. Where a host that may hold an asset was not heard, nobody says
// refused: it comes again. One silent host keeps nobody waiting for another. What waits is bounded, and lost by no
// answer that comes late, nor by a start of this program: hosts are asked again.
//
// What is not here: the way to a host (stream/hostlink), what a host does (shield/host), keeping orders (the books).
package fleet
