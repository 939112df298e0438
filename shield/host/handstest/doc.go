// Package handstest says what every hand that carries rules for packets must do: one suite of tests that each passes,
// the one in memory too.
//
// # In and out
//
// In: a function that makes a scene (Open): a hand, a guest behind a port, and how packets are sent from it. Out:
// a failed test for each promise that is not kept (Run). Memory is a hand without a kernel: it decides by plan.Verdict.
//
// # Reading order
//
// scene.go (what a hand is watched with), promises.go, memory.go.
//
// # What must always hold
//
// What is asked about is which packets arrive, not what the hand says of itself. Numbers have room for a
// slow machine on the side where slowness could show, and none where a measure would be missed.
//
// # What is not here
//
// What one hand alone does; orders, books and receipts (backendtest).
package handstest
