// Package hello reads the ClientHello with which a TLS connection begins, and says what is like it.
//
// In and out: the first bytes of a connection go in, in whatever pieces they come (Reader.Add), or a
// whole message (Parse); out comes a Hello: versions, cipher suites, extensions, names, as the client sent them.
// From it come its JA4 (Hello.JA4), a key that stays on resumption (Hello.Stable), the family of clients it
// is like (Hello.Family), and whether that contradicts a user agent (Contradicts).
//
// Reading order: hello.go (what is told), parse.go (the message), reader.go (the records of TLS), datagram.go (those of
// DTLS), ja4.go, stable.go, family.go, agent.go (what a user agent says of itself), faults.go.
//
// What must always hold: no input panics or reads beyond its end; what a length claims takes no
// memory; a message, its records and its lists are bounded; reading allocates nothing beyond the message,
// and nothing at all where it stands in one record. Whoever speaks something else is told apart by a
// named error. What no fact is known about is unknown, and unknown contradicts nothing.
//
// What is not here: QUIC (hello/initial), streams of captures (hello/streams), certificates, a
// server's side of the handshake, and what follows from a contradiction: programs that read along
// between a client and us, as those against viruses do, contradict lawfully.
package hello
