// Package initial reads the ClientHello out of the Initial packets with which a QUIC connection begins.
//
// In and out: the datagrams of one client go in, in any order (Reader.Add); out comes the Hello, once
// the CRYPTO frames that hold it are all there.
//
// Reading order: initial.go (datagrams and packets), frames.go, keys.go.
//
// What must always hold: no input panics; a hello is held to 16 KiB and its pieces are bounded; a datagram
// is not changed; what does not decrypt with keys that everybody can derive is no Initial of ours
// and changes nothing.
//
// What is not here: any later packet, whose keys only the two ends have; versions of Google's own
// before the RFC, whose hellos are not TLS; the fingerprint (instrument/hello).
package initial
