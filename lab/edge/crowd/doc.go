// Package crowd is the people who visit sites while one of these is attacked, and the account of how each of their requests fared.
//
// In and out: a Town says who lives there and how often they come; Town.Visits draws all they will ever ask for, each request with the time at which it is
// due. Play asks for it on time and enters into a Ledger what came of each; a Tally sums a part of that up.
//
// Reading order: town.go (what is drawn), ledger.go (what is entered, once), tally.go (what is counted, and how), play.go.
//
// What must always hold: when a request is due follows from the seed alone, and never from how an earlier one was answered (open loop): a server that is slow is
// not asked less. Time counts from when a request was due. Each request that was drawn is entered exactly once, and those that could not be made
// because their page did not come count as not answered. A percentile takes what was not answered for as long as its visitor waits.
//
// What is not here: how a browser speaks (lab/edge/browser), attacks (lab/edge/flood), who is measured (lab/edge).
package crowd
