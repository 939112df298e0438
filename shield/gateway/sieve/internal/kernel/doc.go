// Package kernel asks the kernel when something last moved on a connection of TCP.
//
// In and out: a connection goes into Of; an Info comes out.
//
// Reading order: info_linux.go; other.go says what is where there is no Linux.
//
// What must always hold: nothing is read from the connection, and nothing about it changes.
//
// What is not here: what follows from it (shield/gateway/sieve).
package kernel

import "time"

// Info is what is known of a connection.
type Info struct {
	Quiet    time.Duration // since data was last sent or received on it; in milliseconds
	Received uint64        // bytes of data that came
}
