// Package arf reads abuse reports in the form of RFC 5965 (with RFC 6430, 6591 and 6692), as
// feedback loops of mailbox providers send them.
//
// In and out: Read takes a mail that was taken apart and returns its report, or an error of
// KindNotFound where the mail is none of this form.
//
// Reading order: arf.go (the feedback part), loops.go (loops that send no such part).
//
// What must always hold: a bounce is never a report, even where it returns one that we sent: only
// what stands outside of mails within the mail counts. Feedback types that nobody knows are kept
// as "other". A field that must be there once and is missing or doubled costs confidence, not
// the report: many loops leave User-Agent out.
//
// What is not here: MIME (report/internal/letter).
package arf
