// Package visit is the tenant's side of the console: one page behind a signed link, on which a
// tenant reads what was seen and done about it, and why, and answers.
//
// # In and out
//
// In: a request with a token for a path, and the books as a docket.Reader. Out: a page in English or
// Chinese, or, of what a visitor says, one docket.Act. The router (New) has these routes and no
// others: GET /t/{token} shows; POST /t/{token}/answer, /message, /announce, /appeal, /extend, /down
// and /answered speak and send the visitor back to the page, which shows the receipt; a GET of those
// leads to the page; and the style sheet.
//
// # Reading order
//
// visit.go (parts, routes), sight.go (what a claim may see), post.go (from a form to an act),
// words.go, bursts.go, appeal.go and urgent.go (what the forms say, and what became of it), rate.go,
// receipt.go; page.go, happened.go, fetch.go, said.go, looks.go (the page), texts.go, english.go, chinese.go (all that it says), tongue.go (times, lengths, lists),
// language.go (which of the two), page.html.
//
// # What must always hold
//
// A link may show and speak, and nothing else: opening it changes nothing, and no act leaves this
// package but those of a tenant, in the tenant's own name: none lifts, flags or changes contacts. Nobody sees what is
// another tenant's, what is only watched in shadow, a note of the operator's people, or their names.
// A link that does not open anything gets one and the same page, whyever. What counts as received
// was read back from the books. The same form sent twice counts once; words that were changed before
// they were sent again count as new ones. No cookie is set and no script is needed. What was typed is
// never lost to an error.
//
// # What is not here
//
// Signing links (instrument/link), deciding (the judge, behind Acts), mail (courier), and
// the operators' pages (console).
package visit
