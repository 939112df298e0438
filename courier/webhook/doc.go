// Package webhook is the channel that hands letters to a system of the operator's own: a ticket
// system, a portal, a sender of short messages; and the one to machines of tenants.
//
// # In and out
//
// In: letters (Webhook.Send). Out: for each a JSON body of the form evenkeel.notice.v1, posted
// under an id that is the same in every attempt, and whether it was taken.
//
// # Reading order
//
// webhook.go (who posts, and what an answer means), gone.go (one that wants nothing any more),
// body.go (the form), endpoint.go (the channel to machines of tenants, with the same form).
//
// # What must always hold
//
// The id is derived from the notice and the recipient, so a message that comes twice can be
// told; it stands in the body too. A body says what the letter says, its facts and its words, and no address of anybody.
// What was taken is not posted again; what may have been taken is, under the same id. A receiver that
// is gone is left alone for a day, and no notice is lost by that.
//
// # What is not here
//
// Signatures, time-outs and which addresses may be spoken to: that is for the Poster that is
// handed in. When a letter comes again: courier.
package webhook
