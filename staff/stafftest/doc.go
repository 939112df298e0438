// Package stafftest says what a store of persons, accounts and passes must do: one suite that
// every one of them passes, the one in memory too.
//
// # In and out
//
// In: a function that opens an empty store (Run). Out: a failed test for each promise that is
// not kept.
//
// # Reading order
//
// promises.go (the promises of roll.Store, and Run), scene.go (what is put).
//
// # What must always hold
//
// What is promised in the comments of roll.Store is held here. A value comes back as it was put,
// but that a list or a secret of nothing may come back as nil.
//
// # What is not here
//
// Durability, and what only one store does; signing in (staff).
package stafftest
