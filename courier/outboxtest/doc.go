// Package outboxtest says what an outbox of notices must do, and has one in memory.
//
// # In and out
//
// In: a function that opens an empty outbox and one that puts notices into it (Run). Out: a
// failed test for each promise that is not kept. Memory is an outbox for tests of what uses one.
//
// # Reading order
//
// outbox.go (the promises), memory.go.
//
// # What must always hold
//
// What is promised in the comments of courier.Outbox is held here, and Memory is held to it too.
//
// # What is not here
//
// Transactions, durability, and how notices get into the outbox: that is for whoever keeps it.
package outboxtest
