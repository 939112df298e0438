// Package hostcheck reads this machine for evenkeel host check, and puts its firewall up in a way that lets go.
//
// In and out: Gather reads what baseline.Look wants; Raise puts a baseline.Wall up under a lease; Confirm keeps it;
// Keep is the small process that puts back what stood before when the lease ends.
//
// Reading order: gather.go (what is read), raise.go (what is put up, confirmed and let go), lease.go (what is noted on disk).
//
// What must always hold: before anything is changed, what undoes it is armed: the rules' own lease in the kernel, which
// needs nobody, and the keeper, which puts back what stood before. The connection over which it is asked for passes
// before and after. If any part cannot be armed, nothing is changed.
//
// What is not here: what is good and what is bad (instrument/baseline), and the command line.
package hostcheck
