// Package synprint makes a short key of how a machine asks for a TCP connection, so that visitors behind one shared
// address can be told apart.
//
// In and out: the IP and TCP headers of a SYN, as the kernel saves them for a listener (TCP_SAVE_SYN, TCP_SAVED_SYN) or a capture
// has them, go into Read; a Print comes out, with a text that people can compare and a key of 64 bits for tables.
//
// Reading order: print.go (what is told, text and key), read.go.
//
// What must always hold: no input panics or makes it allocate; nothing that changes from one connection of a machine to the next
// is in the key: no addresses, ports, sequence numbers, timestamps, identifiers, nor how far away it is; what is broken is told as such
// and is part of the key, where a kernel would take it all the same; the key says nothing against anybody, it only
// divides: who shares an address with somebody who attacks is not counted with them where their keys differ.
//
// What is not here: sockets (the saved SYN comes from whoever listens), names of operating systems, and packets that
// open nothing. The format is our own; it is none of the JA4 family.
package synprint
