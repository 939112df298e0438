// Package kernel has the kernel keep the packet with which a connection was opened, and fetches it.
//
// In and out: a listening socket goes into SaveSYN; an accepted one into SavedSYN, and the headers of IP and TCP of its SYN come out.
//
// Reading order: syn_linux.go; other.go says what is where there is no Linux.
//
// What must always hold: no connection is lost because its SYN cannot be had: an error is all that comes of it.
//
// What is not here: what a SYN says (instrument/synprint). The kernel gives each SYN once, and only its headers.
package kernel
