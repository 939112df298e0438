// Package answer writes what a visitor of an attacked or broken domain gets: a few calm pages in the visitor's language, and a line or
// problem details for whoever is no person.
//
// # In and out
//
// In: the operator's Settings (New); a Visitor made of header fields (Pages.VisitorOf); what is known: a Challenge, a Patience, a Queue, a
// Refusal, a Maintenance (Prepare); the time; a buffer to write into. Out: an Answer, which is a status, header fields (Put) and a
// body, which may be compressed already. Forms and refreshes of the pages bring token, nonce and to, to AnswerPath; the script lies at ScriptPath.
//
// # Reading order
//
// reader.go (who is shown a page: one function), language.go (in which language), words.go (all that is said), clock.go (times), ray.go (the
// number of a refusal), answer.go, pages.go (how pages are made), mold.go (how they are filled, compressed too), settings.go,
// asking.go (challenge, cookie, waiting room, unknown name), refusal.go, maintenance.go, brief.go (no pages), escape.go; page/ has HTML, style, script.
//
// # What must always hold
//
// Only a window that asks for a document gets HTML: feeds, programs, scripts, what a page loads, ACME and health checks get problem details
// (RFC 9457) or a line, with the same status. A form that a window sent is never answered by a question, because its content would be lost.
// Whatever a tenant, an operator or a client writes is text and never markup, and no page repeats what the client sent, but the path to go
// back to, which is always one of the same site. Nothing is loaded from elsewhere: the policy forbids all but the page's own style, by its
// hash, and the one script of the challenge; no page needs storage, and none needs a script. Every sentence is there in every language.
// No page has more than MostPage bytes. No answer is kept by caches but the script, whose name changes with it. Retry-After is 1 second to a
// day, whatever clocks do; an end that is over is not told. Filling a page costs a copy, with no allocation where the buffer has room:
// a refusal takes no more than 2 µs on the machine of docs/performance.md.
//
// # What is not here
//
// Who is asked, refused or waits, and which place somebody has: the gateway's and its controller's. Tokens, and what is done with
// an answer: instrument/challenge and the gateway. Where rays are kept, so that whoever gets in touch is found.
package answer
