// Package redact keeps e-mail addresses out of what is written down: it takes them out of texts, and
// makes the marks that stand for recipients in their place.
//
// # In and out
//
// In: what another side said (Addresses); an address, under a key (Key.Mark). Out: the text without
// addresses; a mark, which says whether two addresses are the same and not which. A label is a role
// with a mark (Label); Role reads it back to a person; Names call those of one list by their roles.
//
// # Reading order
//
// address.go (what is taken for an address), label.go (marks and labels), name.go (what recipients are called).
//
// # What must always hold
//
// No address stays: bare, in angle brackets or quotes, with a quoted local part, in any script, with
// an encoded sign between its two parts, or several run together. What is in doubt goes. A text
// without such a sign comes out as it went in, and what came out comes out again as it is. The time
// that it takes grows with the length of the text and no faster. A mark cannot be tried out without
// its key, and marks about different things have nothing in common.
//
// # What is not here
//
// Comments and spaces within an address (RFC 5322), which no server writes; addresses that somebody
// spells out ("at", "dot"); names of people; and where the key is kept.
package redact
