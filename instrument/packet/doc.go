// Package packet reads the headers of one packet, as it lies on the wire.
//
// In and out: the bytes of a frame (Ethernet) or of an IP packet (IP) go in, as many of them as
// were captured, with the length that it had on the wire; out comes a Headers: addresses,
// ports, flags, fragments, tags, a tunnel, and what is wrong with it.
//
// Reading order: headers.go (what is told), packet.go (links and IP), transport.go (TCP, UDP, ICMP and
// tunnels).
//
// What must always hold: no input panics, reads beyond its end or allocates; the work for one
// packet is bounded (two tags, eight extension headers, one tunnel); bytes that were not captured
// are no fault of the packet's, bytes that contradict each other are; what stands behind a fault
// is not told.
//
// What is not here: files of captures (packet/capture), payloads, reassembly, checksums, and
// whose an address is.
package packet
