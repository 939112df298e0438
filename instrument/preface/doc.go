// Package preface reads how a client of HTTP introduces itself, and makes a short key of it: what HTTP/2 says before its
// first request and in which order, or which fields an HTTP/1 request has and in which order.
//
// In and out: the first decrypted bytes of a connection, in pieces of any size, go into a Reader (Feed); an HTTP2 or an
// HTTP1 comes out, each with a text that people can compare and a key of 64 bits for tables.
//
// Reading order: reader.go (which of the two it is, and bounds), http2.go (the value), frames.go and hpack.go (how it is
// read), http1.go, browser.go (what browsers do).
//
// What must always hold: pieces do not show; no input panics, makes it allocate or makes it read more than MaxBytes; all that
// it keeps has a fixed size, and what is beyond a bound is an error and not cut off, or an attacker would choose what is
// left out; values of pseudo-headers and of fields are passed over and kept nowhere; nothing is decided here: a key alone says
// nothing against anybody, since whoever wants can send another's.
//
// What is not here: TLS (instrument/hello), the names of HTTP/2's other fields, HTTP/3, requests after the first, and who
// sends what but for a few facts about browsers. The format is our own; it is none of the JA4 family.
package preface
