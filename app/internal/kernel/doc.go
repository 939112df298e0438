// Package kernel is what app asks of the operating system.
//
// In and out: an open file comes in (Lock), and whether another process holds it goes out; a
// connected socket (Peer), and who connected it; a file's description (Owner), and whose it is; a command that has to outlive us (Detach). CPU says how much processor
// time this process used.
//
// Reading order: lock_unix.go, lock_other.go, peer_linux.go, peer_other.go, detach_unix.go, detach_other.go, cpu_unix.go, cpu_other.go.
//
// What must always hold: a lock ends with the process that holds it, however it ends. What a
// system does not tell is unknown, and is never taken for a permission.
//
// What is not here: what is locked, who is let in, and what is said about it (app).
package kernel
