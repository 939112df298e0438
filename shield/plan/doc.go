// Package plan compiles orders into one ruleset for a host, and says what that ruleset does to a packet.
//
// # In and out
//
// In: orders, a World (what this host holds, what is never touched, what it can do) and a moment
// (Compile). Out: a Ruleset, which hands carry, and a Fate for each order: carried, waits, over, or
// refused and why. Ruleset.Verdict is the reference: what has to happen to one packet, given a Memory of
// buckets that comes in and goes out. Diff says what changed from one ruleset to the next. ParseParams
// reads what an order says of its measure.
//
// Moments are on an axis of the caller's: the wall clock, or the time since the host was booted. Orders
// and now have to be on the same one.
//
// # Reading order
//
// world.go (what is known of the host), params.go (what orders say), compile.go, fate.go (what becomes
// of each), ruleset.go (what hands carry), change.go (what differs), verdict.go (one packet), bucket.go and memory.go (rates).
//
// # What must always hold
//
// The same orders in any sequence, and any of them twice, give the same ruleset, byte for byte (Digest).
// Of several orders about one asset the strictest applies, never their sum. Each element has its own end
// and nothing outlives it. What is kept (the never-touch guard and the data path) wins over every
// order: only a limit touches it, and only beyond the floor. What a guest needs to keep its address passes beside every limit, up to Chatter. D: without a data path nothing is isolated
// or paused. A ruleset is bounded, and who did not fit is named. Rules are by asset; ports are found in the World, so that a
// guest that is plugged in under another name keeps its measure.
//
// # What is not here
//
// Carrying a ruleset out, reading what it did, keeping orders (shield/host); whether anything should be done (judge).
package plan
