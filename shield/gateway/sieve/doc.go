// Package sieve stands before the gateway that the operator runs: it reads the hello of each connection, has it decided on, and lets the
// kernel carry the bytes of those that may come in to that gateway, which speaks TLS as before.
//
// In and out: a net.TCPListener and a Config go into New; connections leave for one of Config.Upstreams, with a header of the PROXY protocol
// before them (of port 80 likewise, with Door.Clear): who came, the server name, and of the hello its stable key and JA4, in fields of types
// StableField and JA4Field, so that whoever stands behind knows them. Door.Decide is asked as shield/gateway/door asks it. Counts says how
// connections ended, Config.Begin and Config.Note of each. Oust ends those of whoever may not stay.
//
// Reading order: config.go (what may be set), sieve.go (from the door to the end), header.go (what is told behind), upstream.go (which gateway
// gets it), sweep.go (what does not move, and who may not stay).
//
// What must always hold: whoever is refused costs the gateway nothing, not even a connection; what goes on is what came, byte for byte, and no
// byte of it is seen by this program after the hello, as Linux splices; a connection has two goroutines and two descriptors, and those of a
// pipe each way only while bytes wait in it, and ends: by its ends, by Idle, where the gateway does not answer a hello by AnswerTime, or where
// the client stays when the gateway has gone by Linger; one end's half close is the other's; an upstream that fails rests, and is still tried
// when no other is left.
//
// What is not here: TLS; why anybody is refused (the gateway's); what is in the bytes, and so requests, their rate, and their bodies
// (shield/gateway/guard, or the operator's gateway): in the clear, too, a connection is decided on by its first request, and those after it
// may name another host. Where there is no Linux, bytes are copied, and nothing but keepalive ends what does not move.
package sieve
