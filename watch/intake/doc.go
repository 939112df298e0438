// Package intake is what every way into the house shares: bounds, the tally of what was
// taken and what was not, the window of time that is accepted, and identities.
//
// In and out: a parser (one package per format below this one) turns the bytes of a sender
// into records of an evenkeel.Batch; what it needs besides the bytes is here. Which bytes
// were understood goes out as records, what was not as counts by Reason.
//
// Reading order: limits.go (bounds), window.go (which times are accepted), grant.go
// (what a source may say), tally.go
// (reasons and counts), attribute.go (attributes in canonical form), identity.go (lines and
// ids), asset.go (whose reading it is); internal/jsonpull is the JSON reader of the formats.
//
// What must always hold: pure values; now is an argument. Nothing is dropped in silence: a
// point is a record or a count. What is refused around a good point never takes it along.
// The same point has the same id whatever request it came in.
//
// What is not here: listeners, tokens and rates (they belong to the receiver), what a
// reading means (watch), and whom an asset belongs to (inventory).
package intake
