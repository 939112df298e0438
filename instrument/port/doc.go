// Package port holds what is seen and done at a guest's own network port, as plain values.
//
// A port is one network interface of the host at which one guest hangs: a tap or one end of a
// veth. Out is what the guest sends, in is what it is sent.
//
// In and out: a Guest (which addresses are its own) and Rules (what is limited, dropped or
// isolated, and until when) go in; Counts, a Sample now and then, and Events (a port came,
// went, was renamed) come out. All of them are carried between a program in the kernel and the
// caller by instrument/port/live.
//
// Reading order: counts.go (what is seen), rules.go (what can be done), cost.go (limits as the
// kernel keeps them), place.go (where), answer.go (what a kernel can do), distinct.go (how many
// distinct addresses a bitmap stands for).
//
// What must always hold: no rule is without an end, by the boot clock, which no step of the
// wall clock moves; where no address of a family is told, none of its packets is spoofed; what
// is out of bounds is refused with what was expected.
//
// What is not here: programs, maps and links (internal/kernel), the same decisions in Go, for
// comparison (mirror), and why anything is limited (shield).
package port
