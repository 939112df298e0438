// Package baseline says what of a Linux machine stands open, and writes the firewall that closes it.
//
// In and out: Facts, which somebody read of the machine, go into Look; Points come out, each with what was seen, why
// it matters and what to do. A Wall (ports, services, connections that stand) goes into Wall.Text; a ruleset for
// nft comes out. The formats that facts are read from are parsed here.
//
// Reading order: facts.go (what is known), look.go (what follows), wall.go (the firewall), sshd.go, ruleset.go, socket.go (what is read).
//
// What must always hold: pure values. What is not known is said to be unknown, never good and never bad. The
// firewall is one table of our own and one transaction: other tables are neither read nor changed, and what others drop
// stays dropped. It lets go of everything by itself, in the kernel, when its lease ends, unless it is confirmed.
//
// What is not here: reading the machine, starting nft, the keeper (cmd/evenkeel/internal/hostcheck).
package baseline
