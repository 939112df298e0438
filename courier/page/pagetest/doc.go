// Package pagetest is what every channel of pages and every list of calls must do.
//
// In and out: a channel with its other side comes in (RunChannel, Bench), or a list with a way to put
// calls in (RunList). Out: tests that fail where one does not keep what page says of it. Memory is a
// list and Phone a channel that are forgotten at the end.
//
// Reading order: channel.go, list.go, memory.go, phone.go.
//
// What must always hold: what stands in for a real part passes the same tests as the part.
//
// What is not here: what one channel has and no other (beside the channel).
package pagetest
