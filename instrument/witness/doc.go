// Package witness is what a witness of transparency logs knows: cosignatures, and when to give one; pure.
//
// In and out: GenerateKey, NewCosigner and NewVerifier make the keys of a C2SP cosignature/v1
// (Ed25519, with a time), for the notes of golang.org/x/mod/sumdb/note. ParseRequest reads the
// body of add-checkpoint of the C2SP tlog-witness protocol; Consider says what follows from it and
// from what was cosigned last: a new State, or a Refusal with the protocol's status.
//
// Reading order: cosign.go (keys and signatures), request.go (the body), consider.go (the rules).
//
// What must always hold: of one log no two trees of one size are cosigned, and none that does
// not begin with the one that was cosigned before. Whoever keeps the State has to keep it before
// the cosignature is given away. What is malformed is refused and changes nothing.
//
// What is not here: HTTP, files and the time (whoever serves it), and what is in a log.
package witness
