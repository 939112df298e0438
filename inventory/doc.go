// Package inventory knows who held which asset, and when; standing and other facts of each
// tenant, three-valued; an immutable snapshot swapped whole.
//
// In and out: batches of records come in (Registry.Apply), of which asset, lifecycle,
// tenant and payment events are taken. A Snapshot goes out, which answers for any moment:
// who held an asset (TenancyAt), what was known of a tenant (AccountAt), what a tenant held
// (HeldBy) and what it created (CreatedBy); and, as was told last, how a tenant is called and whom a
// notice reaches (Reach). Snapshot.WriteTo makes a checkpoint, and Restore goes on from it.
//
// Reading order: registry.go (records in, snapshots out), take.go (which records are
// refused), snapshot.go (the questions), asset.go (what is kept of an asset), tenancy.go
// (the rules of who held it), holding.go (what it was), held.go (what a tenant held), tenant.go
// (what is kept of a tenant), account.go and paid.go (the facts), list.go (bounded lists that do not mind the
// order of arrival), money.go and words.go, reach.go (names and contacts), checkpoint.go and restore.go (the stored form);
// internal/trie is the map that snapshots share.
//
// What must always hold: an answer is about the moment asked for, never about now. The
// same events give the same answers in whatever order and however often they come: a
// record's ID and what it says both identify it; of two records with one ID that say
// different things the one dated later counts. Only payments are told apart by their IDs
// alone: two that are alike count twice, unless one of them has no ID. What is missing,
// stale or beyond a bound is unknown or nobody's, and says why: it is never zero and never
// the last known holder. A snapshot does not change; TenancyAt does not allocate. Memory
// per asset is bounded, and per tenant but for a line for each asset that it ever held. A
// restored registry answers and takes records as the one would that never stopped.
//
// What is not here: how events are parsed and where they are stored (watch/intake, stream),
// what the facts permit (judge), and any clock.
package inventory
