// Package streams finds the hellos in captured packets, with the code that reads live ones.
//
// In and out: packets go in, in the order of the capture (Finder.Packet); out comes one Found after another: a hello
// with the two ends of its stream, or why a stream that began has none.
//
// Reading order: streams.go (which stream a packet is of), tcp.go (reassembly), udp.go (QUIC and DTLS).
//
// What must always hold: what is kept of a stream is bounded, and so are the streams; a stream that is not
// followed because there are too many is counted. A stream is told of at most twice: its hello, and the second one that a server asked for.
//
// What is not here: fragments of IP, tunnels, TLS that begins in the middle of a stream (STARTTLS), and
// what a hello says (instrument/hello).
package streams
