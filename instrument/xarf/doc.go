// Package xarf writes a report about an attack in XARF v4, the extended abuse reporting format: for
// those who were attacked from a machine of an operator's tenant.
//
// # In and out
//
// In: an Attack: plain values, all of them of the writer's own. Out: one JSON document (Attack.Write),
// or what is missing.
//
// # Reading order
//
// xarf.go (what a report says), write.go (its form).
//
// # What must always hold
//
// The same attack is the same bytes, with the same report_id: sent twice it counts once. Nothing of
// the tenant is in it but the address and port that attacked, and no payload: counts and sentences,
// no more than a document may have. What is written is taken by our own reader (watch/intake/report/xarf,
// whose tests hold it to that) and by the published schemas (github.com/xarf/xarf-spec at 37820dac,
// MIT), where those are at hand.
//
// # What is not here
//
// Whether they may be told (judge/policy), what of a case is evidence for them, and sending.
package xarf
