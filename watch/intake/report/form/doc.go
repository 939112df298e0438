// Package form reads abuse reports from the mails of reporters who use no standard, or an old
// one.
//
// In and out: Read takes a mail that was taken apart and returns its reports: one, or one for each
// line of a sheet; or an error of KindNotFound where nothing in it names what is reported.
//
// Reading order: form.go (which reader, in which order), known.go (the table of reporters), keyed.go
// (lines of key and value, which is X-ARF 0.x too), acns.go (notices of copyright in XML), sheet.go
// (CSV, packed or not, and tables drawn with bars), sections.go (lists under headings), anyone.go
// (a mail of nobody that we know).
//
// What must always hold: what has structure is read by it, and only what has none is guessed from,
// and then Report.Confidence says how sure we are. A packed file is unpacked into bounded memory.
// What a machine sent because we had written to it is no report.
//
// What is not here: ARF (report/arf) and XARF as JSON (report/xarf).
package form
