// Package testmachine is a machine of its own for tests: Debian's kernel and systemd under an emulator, with control groups
// of version 2, whatever the machine has that the tests run on.
//
// In and out: a test makes or finds the disk (Disk), starts a Machine with the files that it needs there (Start), and has commands
// run in it (Machine.Run); what comes back is what they printed and how they ended. Its TestMain calls Child first.
//
// Reading order: disk.go (what the disk is made of, by root.sh), machine.go (the emulator), inside.go (the process in the machine, which
// does what it is told).
//
// What must always hold: nothing is installed or changed on the machine that tests run on; the disk is made once, kept in the user's
// cache and never written to again. No network leads out of the machine. It ends with whoever started it, and at its deadline
// in any case. It is emulated instruction by instruction, so that it needs nothing of the processor and is ten times slower: what takes how long there
// says nothing.
//
// What is not here: what the agent does there (testmachine's tests), hosts with guests in network namespaces of this
// machine (lab/testhost).
package testmachine
