// Package stage decides, second by second, how strictly the edge treats the visitors of one domain.
//
// # In and out
//
// In: what came to the domain within a second (Tally), or within part of one where that is an attack by itself (Alarms), a moment, and what the judge allows (Mandate). Out: a
// Turn, which says the Stage, whether it changed, and why, in one to three sentences with the figures. Each domain has
// a Controller of its own. Save and Load keep one over a restart, in SavedSize bytes.
//
// # Reading order
//
// stage.go, mandate.go, tally.go (what comes in), usual.go (what this domain is like when nothing is wrong), view.go
// (what a second looks like beside that), controller.go (what follows), turn.go (how it is said), saved.go.
//
// # What must always hold
//
// The stage is never above the mandate (or its Beyond, where the budget is spent), and it lets go by itself when the mandate ends, whatever the clock does (L). One
// rung a rise, two from Observe and from Cookie where demand is ten times the capacity or more, and straight to the tenant's choice where the
// absorb budget is spent; from Observe within one step. Between two rises are RiseDwell at least, half of it after an alarm, between any
// change and a descent Dwell; a descent is one rung. After quiet it returns to Observe within MostReturn. A backend that is slow
// or fails while visitors are as usual is not theirs to answer for: nobody is challenged for it. A crowd that came by a popular link, in
// browsers that the domain knows and that solve what they are asked, is never asked for more than a cookie. What
// is usual is learned at Observe only, and never while something presses, so an attack does not become usual; what one
// second can teach is bounded. Nothing is known of other domains. A step allocates nothing.
//
// # What is not here
//
// Counting (the gateway's), which visitors are asked (shield/gateway/suspect), limits of concurrency
// (shield/gateway/admit), mandates (judge), the words in other languages (courier).
package stage
