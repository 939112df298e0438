// Package spool keeps what could not be sent yet: a queue of byte strings on disk, bounded, in which
// the oldest are made coarser before any is lost.
//
// In and out: Append puts an entry at the end and gives it an ID. Take hands out the oldest one after a
// place, again and again, until Ack says that it arrived. What a crash left behind comes back at Open.
//
// Reading order: format.go (the bytes on disk; pure), spool.go (open, append, take, ack), room.go (what
// happens when it is full), mark.go (what was handed out, for the next process).
//
// What must always hold: when Append has returned nil, kill -9 loses nothing of it, and a power cut
// nothing where Options.Sync is set. Nothing half-written is ever handed out. An entry that may have been
// sent keeps its ID and is never merged, so that the other end can tell that it comes twice. The files
// never take more than Options.MaxBytes, and what had to be dropped for that is counted. Damage costs the
// entries that it hit.
//
// What is not here: what the entries say and how two become one (Options.Merge), sending (hostlink).
package spool
