// Package door is where abuse reports come in: by HTTP, and as mails that somebody fetched.
//
// In and out: Read makes reports of a mail in any form that is known, Document of one document of
// XARF. New returns the handler of POST /v1/reports, which takes both and hands what it read to a
// Desk.
//
// Reading order: read.go (which reader), door.go (what a Door is made of), serve.go (the way of a
// request), proxy.go (whom a trusted proxy speaks for), rate.go, seen.go (twice is once), log.go (a Desk that makes records).
//
// What must always hold: a reporter is thanked with a receipt after the Desk has taken the report,
// never before. Whoever has no token may report too, at a low rate. The same report sent twice
// gets the same receipt and is taken once. What a request costs is bounded before it is read. The
// answer never says whether the address is one of ours, or whose it is.
//
// What is not here: listening (app), fetching mail, and writing back to reporters: Mail.Answerable
// says whom not to.
package door
