// Package host carries orders out on a Linux host: a shield.Backend over hands that touch the kernel.
//
// # In and out
//
// In: orders (Backend.Apply), what this host holds (a function that returns a plan.World) and the passing of
// time and changes of the world (Backend.Refresh). Out: receipts with the effect as it was read back,
// at once or later (Options.Said), and what stands (Backend.Standing). Hands put a ruleset in
// force: Programs by eBPF at the port, Tables by nftables where that is not to be had, Cgroups and Domains by CPU
// quotas (Shares is both), Pauses by a hypervisor.
//
// # Reading order
//
// hands.go (what a hand must do), clock.go, book.go (what is on disk), backend.go, lane.go (whose turn it is), apply.go (one
// order), receipt.go, standing.go; programs.go, tables.go, quotas.go with cgroups.go and domains.go, and pauses.go (hands), lease.go (what a keeper
// lifts), keeper.go. handstest is what hands of traffic promise.
//
// # What must always hold
//
// The book is on the disk before anything is in force, and a lift is in it before anything is let go.
// What the kernel holds and the book does not explain is removed. Each element ends by itself, in the
// kernel or by a keeper, when nobody runs this. Ends are kept on a clock that nobody
// steps; after a reboot nothing stands longer than its order says and than it had left.
// No hand waits for another one, however slow that is.
// A book that is damaged is set aside and named, never guessed. One process holds a book. No receipt says
// applied of what was not read back.
//
// # What is not here
//
// What a ruleset is and does (shield/plan), finding ports and guests, the link to control, loops
// (app), proof that data is reached (Options.Canary).
package host
