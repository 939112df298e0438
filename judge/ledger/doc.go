// Package ledger is the append-only Merkle log of what was decided; pure.
//
// In and out: what is decided comes in as leaves (OfTurn, OfDecision, OfCase, OfFlag, OfAct,
// OfReview, OfCredit, OfStaff, OfPolicy). Seal turns leaves into what a store keeps: bytes and hashes. Signer.Sign makes
// a signed tree head, which goes into notices, logs and files of others. Verify takes all of
// it back, offline, and names the first leaf that does not fit.
//
// Reading order: ledger.go (a leaf, and what it commits to), leaf.go (its bytes, for ever),
// later.go (version 2 of them), seal.go (how the log grows), head.go (signed tree heads), verify.go, content.go and sent.go (what
// is held against what), fault.go (what may be wrong), trace.go (which leaf it is), proof.go
// (proofs about single leaves and about growth), bundle.go (those that leave the house), frontier.go,
// recall.go (heads that others remember).
//
// What must always hold: a leaf has exactly one encoding, and no version of it ever changes. No
// leaf holds personal data or an id: what it is about is committed to under a key of the
// tenant's, and once that is erased the leaf tells nobody whom it was about, while the log
// still proves that nothing was taken out. Hashes are those of RFC 6962, stored in the order
// of tlog, and heads are C2SP checkpoints, so that programs of others can check them.
//
// What is not here: where leaves, keys and heads are kept (store), when something is sealed
// (judge), and randomness, which is handed in.
package ledger
