// Package capture reads files of captured packets, pcap and pcapng, and writes pcap.
//
// In and out: a stream goes in (New); out comes one Packet after another (Reader.Next): its time, its
// bytes, the length it had and the link it was taken from, and what its headers say (Packet.Headers). A Writer takes
// packets the other way.
//
// Reading order: reader.go (both forms), pcap.go, pcapng.go, link.go; writer.go.
//
// What must always hold: a stream is read once and never held whole; what a file claims of
// lengths and numbers is bounded before it is believed; a packet that is damaged costs itself
// and is counted, and what cannot be read on ends the file with an error that says where and why,
// after all that stood before; no packet allocates.
//
// What is not here: what the headers mean (instrument/packet), compression and file names (the
// caller's).
package capture
