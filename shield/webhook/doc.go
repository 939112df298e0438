// Package webhook is a backend that hands orders to a receiver of the operator's, over HTTP with
// Standard Webhooks signatures, and takes its receipts.
//
// # In and out
//
// In: orders (Backend.Apply), which leave as signed POST requests (Sender.Post); and what the
// receiver says of them, in its answer or later by a signed request of its own (Callback, a
// handler for whoever listens). Out: receipts. The Sender knows nothing of orders and serves
// whoever else has a signed message to send; whoever has another kind of request to make uses a
// client with the same guard (NewClient).
//
// # Reading order
//
// backend.go (orders), receipt.go (what a receiver says), callback.go (when it says it later);
// endpoint.go (where to), sender.go (one attempt), answer.go (what a status means), dial.go
// (which addresses are refused).
//
// # What must always hold
//
// The id of a message is the order's, in every attempt: a receiver that has seen it does nothing
// twice. A status of success without a receipt is no receipt: the order is unconfirmed. No
// redirect is followed and no proxy asked. The address that is dialled is the one that was
// checked, so a name that is resolved to something else a moment later gains nothing. Certificates
// are verified; without TLS only addresses that were allowed by name are spoken to. Time and bytes
// of every answer and every request are bounded. Neither the secrets nor the path or query of the
// address are in any error.
//
// # What is not here
//
// When an order comes again (shield), listening (app), keeping receipts (whoever is handed them),
// and the receiver: docs/shield.md has a small one, which the tests run.
package webhook
