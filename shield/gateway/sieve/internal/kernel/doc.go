// Package kernel has the kernel carry bytes between two connections of TCP, and asks it when something last moved on one.
//
// In and out: two connections go into Carry, and how many bytes went from one to the other comes out; a connection goes into Of, and
// an Info comes out; Lacks says whether it is this machine that an error is about.
//
// Reading order: carry_linux.go, info_linux.go, lacks.go; other.go says what is where there is no Linux.
//
// What must always hold: no byte that is carried is seen by this program, as long as there are descriptors; a pipe with bytes in it is one connection's
// until they are gone, and is never another's; nothing about a connection changes where it is asked about.
//
// What is not here: what follows from it (shield/gateway/sieve).
package kernel

import "time"

// Info is what is known of a connection.
type Info struct {
	Quiet    time.Duration // since data was last sent or received on it; in milliseconds
	Received uint64        // bytes of data that came
}
