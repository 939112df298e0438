// Package kernel loads the programs at guests' ports and carries values between them and the caller.
//
// In and out: guests, rules and what is never touched go into tables; counts, samples and what happens to
// interfaces come out.
//
// Reading order: bpf/layout.h (what lies in the tables), bpf/parse.h, bpf/count.h, bpf/act.h and
// bpf/port.c (the programs), then kernel.go, maps.go, attach.go, set.go, read.go, adopt.go, clsact.go. The
// objects and Go code that begin with ek_ are generated from them by `go generate` and committed, so
// that nobody needs a compiler.
//
// What must always hold: a packet meets the rules before a swap or those after it; a rule has no effect after
// its end, whether or not this process lives; what a killed process left is taken over or removed, and said;
// what does not fit is an error that names the port, and changes nothing.
//
// The programs call only helpers that the kernel gives to programs under any licence, so that they are
// under the licence of the rest, Apache-2.0, and say so.
//
// What is not here: which rules, and why (shield); the same decisions in Go (instrument/port/mirror).
package kernel
