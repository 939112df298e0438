// Package memory keeps the books in memory: for replays, rehearsals and tests.
//
// In and out: New makes empty books. They are the same to the judge as any other store, pass
// the same contract (storetest), and are gone with the process.
//
// Reading order: books.go (what is kept, transactions), tx.go (what a transaction reads),
// check.go (what Put refuses), apply.go (what Put keeps), outbox.go (what leaves, and what
// became of it), review.go (what two persons decide), read.go (what readers see), ledger.go (the log, its keys, and what
// verification reads), staff.go (who works here, which is no part of the books).
//
// What must always hold: a transaction is checked whole before any of it is kept, and kept
// at once, so a reader sees all of it or nothing. The keys for commitments are made of the
// randomness that New is given, and of nothing else: with the same, a replay seals the same
// log.
//
// What is not here: durability (sqlite); bounds, since what is replayed has an end.
package memory
