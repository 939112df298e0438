// Package kernel is what shield/host asks of Linux: tables of nftables, the clock of the boot, and locks.
//
// In and out: a ruleset comes in (Table.Swap), and what the kernel holds of it goes out (Table.Look); how long
// the host runs (SinceBoot) and which boot it is (BootID); an open file (Lock), and whether another process holds it.
//
// Reading order: table_linux.go (one table, swapped), port_linux.go (the rules of one port), match_linux.go
// (expressions); boot_linux.go, lock_linux.go; other.go (what is not Linux).
//
// What must always hold: what is swapped is swapped in one transaction of the kernel, and counted afterwards.
// Every element has its end in the kernel. Nothing but the table of this name is touched. The order in which a packet
// meets rules is that of plan.Ruleset.Verdict.
//
// What is not here: what should be in force (shield/plan), and what is said of it (shield/host).
package kernel
