// Package webhook signs and verifies messages over HTTP as the Standard Webhooks
// specification 1.0.0 says (symmetric signatures, v1).
//
// # In and out
//
// In: secrets as text (ParseKeys), and per message an id, a time and the bytes of a body. Out:
// the three headers that go with the body (Keys.Sign), or, of a message that came, its id or why
// it is not believed (Keys.Verify). Seen remembers ids, so that a message that comes twice acts
// once.
//
// # Reading order
//
// secret.go (keys that do not print), sign.go, verify.go, seen.go, address.go (where others may have us post,
// and keys for one of them alone).
//
// # What must always hold
//
// What is signed is the id, a full stop, the seconds since 1970, a full stop, and the body as it
// is, byte for byte. An id has no full stop, or two messages could be one text. Signatures are
// compared in constant time, and whether a time is right is said only of what was signed rightly.
// All keys sign, and any key may have signed: that is how a secret is changed without a gap. A
// secret never appears in an error or in anything that fmt prints. All lengths are bounded.
//
// # What is not here
//
// Sending and receiving (the rooms that do it), asymmetric signatures (v1a; they are passed over),
// making a secret by lot, and memory that survives a restart: whoever acts on a message must bear
// that it comes again after one.
package webhook
