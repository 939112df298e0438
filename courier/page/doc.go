// Package page calls people who work here: it brings calls to whoever is on call, by the channels
// of each person in turn, until somebody has one.
//
// # In and out
//
// In: calls that wait in a List (Caller.Run), and who can be reached by which channels. Out: a page
// on a Channel, for each an Attempt that is written down, and a word to the list when a call is over.
//
// # Reading order
//
// call.go (what a call is, and what may be in a page), list.go and channel.go (what is handed in),
// caller.go (one call) and run.go (all that wait); then the channels: web.go (what those over HTTP
// share) with ntfy.go, slack.go, matrix.go and webhook.go, mail.go, command.go. pagetest is what
// every channel and every list must do.
//
// # What must always hold
//
// A channel that does not take a page is followed by the person's next one, a person who cannot be
// reached by whoever leads; only when somebody has the page, or the time for it is over, is a call
// over. A page holds the id of its case, its level, why in one sentence without addresses, a link
// to the console and, only if that is set, whose case it is. The same page has the same id in every
// attempt, so that a receiver who can tell ids apart shows it once. What others wrote is text: it
// mentions nobody, opens no tag and ends no header. No secret is in an error, an attempt or a log.
// Each attempt is bounded in time and in what is read of its answer; a command is killed with its
// children when its time is over, and no shell reads what is given to it.
//
// # What is not here
//
// Who is on call (staff/rota), when somebody is called and what follows if nobody comes (judge):
// a page stops no clock. Which addresses may be spoken to: that is for the Client that is handed in.
package page
