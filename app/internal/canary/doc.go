// Package canary shows, on a host or an edge, that tenants reach their data while a measure stands: by an asset that no tenant holds.
//
// # In and out
//
// In: Settings (which asset, where an object is put, on which ways it is fetched), a backend of shield/host, and a probe of control. Out: what was
// fetched on each way while the measure stood (Prover.Show), and what was shown last of each measure (Prover.Shown).
//
// # Reading order
//
// canary.go.
//
// # What must always hold
//
// Nothing is shown that did not stand all the time. The canary is under a measure for two minutes at most, whatever becomes of the process, and
// what cannot be put puts it under nothing. What was connected before says nothing of what is reached now. No address of the settings is
// repeated in an error, since it may hold a password.
//
// # What is not here
//
// When control asks, and what counts as shown (app); the settings around it and the link (app/agent, app/edge).
package canary
