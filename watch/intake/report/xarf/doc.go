// Package xarf reads abuse reports in XARF, the extended abuse reporting format, as JSON: version
// 4 and versions 1 to 3 with the one before them.
//
// In and out: Read takes the bytes of one document and returns a report.Report, or an error of
// KindInvalid whose cause, a *Faults, names everything that is wrong with its JSON pointer.
//
// Reading order: xarf.go (which version), four.go (version 4: what all reports have, conditions,
// evidence), network.go, content.go and copyright.go (fields of its types), three.go (versions 1
// to 3), threetypes.go (their types), cvss.go.
//
// What must always hold: the checks agree with the published schemas (tests hold one against the
// other where recorded schemas are at hand), but for what the schemas have by mistake: traffic
// without ports needs no source port. Evidence is unpacked and what its reporter says of its hash
// is verified: the outcome is a fact beside it. What a sender meant for its own use (_internal,
// InternalProcessing) is dropped, and named in Report.Dropped.
//
// What is not here: X-ARF 0.x, which is a mail (report/form).
package xarf
