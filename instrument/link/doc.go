// Package link makes and opens signed links: tokens that say what whoever holds one may do
// about one case, and until when.
//
// # In and out
//
// In: keys as text (ParseKeys), and a Claim to be signed (Keys.Make) or a token that somebody
// sent (Keys.Open) with the time it came. Out: a token of URL-safe characters for the end of a
// path, or the Claim that it holds, or why it is not believed.
//
// # Reading order
//
// claim.go (what a link may say, and its bytes), key.go (keys that do not print), link.go.
//
// # What must always hold
//
// A link may show and speak, and there is no bit in it that could say more. Nothing of a token
// is believed before its signature is right; then its end is looked at. Signatures are compared
// in constant time. The first key signs, each key opens: so a key is changed without a gap. A
// token that was cut short, wherever, is malformed and never anything else. Keys never appear in
// an error or in anything that fmt prints. All lengths are bounded.
//
// A token can be used as often as one likes until its end, and whoever is handed it can use it:
// therefore opening one must change nothing, and what is said through one is said in the name of
// a role, not of a person who has shown who they are.
//
// # What is not here
//
// The address that the token is put behind, what is shown, what an answer does, and counting what
// was said once: whoever serves the link does that. Making a key by lot.
package link
