// Package report makes the public record: the figures of a quarter, from the ledger alone; pure.
//
// In and out: Make takes the leaves of the log, as anybody can read them, and a Quarter, and
// returns a Report: what took effect by family, rule and measure, how much of that a machine did
// alone, what did not stand, how long it took until a person looked, what was wrongly restricted,
// what was made good. Report.HTML writes it as a page that needs nothing else, in English or
// Chinese; as JSON it has the form of docs/schema/report.schema.json.
//
// Reading order: report.go (the figures), quarter.go, make.go (one pass over the log), case.go (what
// is remembered of a case and of a decision), weeks.go, times.go (medians), page.go, words.go.
//
// What must always hold: nothing but leaves is read, so whoever has the log can count again, and
// erasing a tenant's key changes no figure. A report names the size and the root of the log that
// it was made of. What the log does not say is said to be unknown and is never taken for zero. No
// figure is about a single tenant.
//
// What is not here: where the log is kept (store), whether it is whole (ledger.Verify), and files.
package report
