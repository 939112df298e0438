// Package shield acts: orders in, receipts out; what it enforces lets go by itself when time
// is up.
//
// # In and out
//
// In: orders, one by one (Enforcer.Apply), or those that wait in an Outbox (Enforcer.Run). They
// go to a Backend, which carries them out or hands them to who does. Out: a receipt for each
// order, which says what the backend did with it, or why it did nothing. A receipt that comes
// later, on its own way, is for whoever keeps the books; Fits says whether it can be one. A probe
// (Prober) asks a backend to show what it declares, and Probe.Amiss says what it did not show.
//
// # Reading order
//
// backend.go (what a backend must do), means.go (what it declares, and what it may not be asked
// to do), probe.go (how it shows that), outbox.go (where orders wait), enforcer.go (one order, once), run.go (the loop),
// lanes.go (which order may leave now), undone.go (what is logged where nobody carries one out), schedule.go and setback.go (when one comes again, and
// when it never will). paper and webhook are backends; backendtest is what they promise, outboxtest
// what an outbox does.
//
// # What must always hold
//
// A measure without a receipt is not in force: it is unconfirmed, and shown so. No order is sent
// twice at the same time, none about an asset overtakes an earlier one about it, and none is sent
// after the lift of its decision; but letting go waits for no measure of another decision. An
// order that comes again, after a crash too, has the id that it had. Nothing is enforced that is
// over, that names no asset or no end, or that goes beyond what the backend has declared: without
// a declaration, and without proof that the tenant can reach its data, nothing above limit and
// throttle. Nothing is given up before its end has come, but what was refused for good.
//
// # What is not here
//
// Whether anything should be done (judge), where orders are kept and receipts are written down
// (store), rules of a host or an edge, and for how long a proof counts: app asks for it and keeps it.
package shield
