// Package rota says who is on call, and when the desk is staffed.
//
// # In and out
//
// In: a document of persons with their hours and absences, rotations that take turns, the steps
// of an escalation, who leads, the desk's hours and what was agreed otherwise (Parse). Out: who
// is on call at a level at a moment (Rota.OnCall), who leads (Rota.Lead), whether the desk is
// staffed (Rota.Staffed), the shifts of some weeks with their gaps (Rota.Shifts) and what is
// amiss with them (Rota.Check).
//
// # Reading order
//
// document.go (what can be written), parse.go and build.go (what is refused), local.go (times of
// day, and the days on which clocks are turned), hours.go (weeks and absences), rotation.go (whose
// turn it is), rota.go (the answers), shifts.go (the list), check.go (gaps and overlaps), zones.go
// (the names of time zones).
//
// # What must always hold
//
// An answer is a function of the document and the moment. At each moment exactly one member of a
// rotation has the turn. Nobody is on call only where Shifts lists a gap. What is agreed otherwise
// changes nothing outside its interval. A time of day that a clock passes twice is its first
// passing, one that it skips is the moment of the skip: a shift that ends then and one that begins
// then meet. Whoever is away is not on call, whatever else is written.
//
// # What is not here
//
// Reaching anybody (courier/page), what an hour without an answer leads to (judge), who the persons
// are and whether they may decide (staff, staff/roll), and opening files. The rules of a time zone
// are loaded when a document is parsed, and not asked for again.
package rota
