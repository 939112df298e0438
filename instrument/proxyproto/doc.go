// Package proxyproto reads and writes the PROXY protocol, with which a proxy tells whoever stands behind it who opened a connection.
//
// In and out: the first bytes of a connection go into Parse; a Header comes out, and how many bytes it took. AppendV2 and AppendV1
// write one. The format is HAProxy's "The PROXY protocol, versions 1 & 2", of 2020-03-05.
//
// Reading order: header.go (what is told), version1.go, version2.go (with its fields of type, length and value), write.go.
//
// What must always hold: no input panics, is read beyond its end or makes it allocate (but for the two
// addresses of version 1); what a length claims takes no memory; a
// header has at most MostBytes; one that contradicts itself is refused whole, for half an address is somebody else's.
//
// What is not here: whom to believe. A header is a claim of whoever sent it: only the networks of one's own proxies may send
// one, and that is for who listens to keep. Nor are there datagrams and UNIX sockets: their addresses are passed over.
package proxyproto
