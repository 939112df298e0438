// Package visits turns what came to a site at an edge into records: counts, never who.
//
// In and out: Counts of one site and interval go in (Meter.Count), as an edge makes them, or of
// what somebody counts of it (Meter.CountSome). Out come, in a batch of the
// caller's, usage records of evenkeel.MeterSite, one for each part.
//
// Reading order: visits.go.
//
// What must always hold: the same Counts give the same records with the same identities; every part that is counted is told, where it is
// zero too, since nothing told is unknown and zero is not; what two edges count of one site adds up.
//
// What is not here: what an edge counts as what (shield/gateway), one request of many (evenkeel.Request, which whoever has
// it adds by itself), and what the numbers mean (watch/rule).
package visits
