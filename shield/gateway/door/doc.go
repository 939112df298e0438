// Package door is where the edge takes connections: it decides on each before any key is exchanged, shakes hands with those that may
// come in, and hands them on with what they showed of themselves.
//
// In and out: a net.Listener and a Config go into New; the Listener is served by an http.Server that has its ConnContext, its ConnState, the
// values of Serving, and a handler inside Listener.Handler. In the handler From gives the Visitor: addresses, print of the SYN, hello,
// server name, how it began to speak HTTP, and times. Config.Decide is asked once the hello is read and before it is answered; it passes,
// refuses with an alert, drops with a reset, or holds. With Config.Through nothing is decrypted: what was read goes on as it came. Counts says how connections ended, Config.Note of each.
//
// Reading order: visitor.go (what is known), decision.go (what may be said), listener.go (from accept to hand-over), greeting.go
// (what is read before anything is answered), conn.go (what is seen of the decrypted stream), frames.go and misuse.go (HTTP/2 that costs
// and does nothing), book.go and list.go (how many there are, and who goes first), pace.go (slow bodies), serving.go, plain.go (port 80),
// through.go (what is not decrypted), head.go (what is not encrypted, and passed through, too).
//
// What must always hold: nothing is signed for whoever was not passed; a PROXY header counts only from the networks that are listed, where
// it is required, and is refused from all others; whatever is read is bounded in bytes and in time, however it comes; connections,
// hellos that are waited for, handshakes and those that are held are bounded in number, and one prefix or tenant has only a share of them; under
// pressure the connection that has been idle longest goes first; no lock is shared by all connections. What a kernel cannot tell (a SYN, where it
// is none of Linux, or answered by cookie) is missing in the Visitor and stops nobody.
//
// What is not here: why anybody is refused (the gateway's), budgets of handshakes (shield/gateway/admit), certificates, QUIC. Of what HTTP/2 can be
// misused for, net/http itself bounds the bytes of a header list with its CONTINUATIONs (MaxHeaderBytes), control frames that wait to be
// sent (10,000), and handlers that were begun for streams that were reset (four times MaxConcurrentStreams wait at most); it closes
// only when those are reached, and counts nothing. Ours is the score in misuse.go, and the time within which a header block has to be complete, for
// which net/http has no clock on HTTP/2. A client that takes what it asked for too slowly is bounded by WriteByteTimeout of Serving where
// TCP stands still, and by nothing here where it only withholds windows of HTTP/2.
package door
