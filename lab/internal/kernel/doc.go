// Package kernel is what rooms of the lab ask of Linux: network namespaces, the wires between them, whole frames, and cores.
//
// In and out: names and addresses come in, namespaces as open files go out (NewSpace); links, routes and switches are
// set inside them (Join, Wire, In); programs are started there on one core (Start); frames are sent many at a time (Sender.Send), and
// counters of nftables are read (Counters).
//
// Reading order: space_linux.go, then start_linux.go, send_linux.go, count_linux.go and away.go; none.go is for other systems.
//
// What must always hold: a namespace has no name, so it is gone when its file and the processes in it are; a thread
// that has entered one, or was bound to a core, is not used for anything else afterwards.
//
// What is not here: which world is made and what passes through it (lab/testhost, lab/edge).
package kernel
