// Package kernel is what rooms of shield share that speak to nftables: what a rule asks of a packet, and sets of many elements.
//
// In and out: names of sets and offsets go in, expressions of nftables come out (Match); elements go to the kernel in messages that it takes whole (Add).
//
// Reading order: match_linux.go, set_linux.go.
//
// What must always hold: no message has more elements than fit into it, because what does not fit is lost without an error.
//
// What is not here: tables, chains and what they are for (shield/host, shield/gateway/wall).
package kernel
