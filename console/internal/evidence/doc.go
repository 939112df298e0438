// Package evidence draws what a finding saw: each window's trace, the time that the rule looked
// at, and the levels of the terms that the trace can be held against.
//
// In and out: a finding goes in, a plot.Chart comes out (Chart), or its HTML (Draw). The caller
// hands in the words, as tenants read more than one language.
//
// Reading order: evidence.go, level.go (which level belongs to which trace).
//
// What must always hold: a pane that is not known is a gap. A level is drawn only where what the
// term was weighed on is a value of that very trace: a level on a trace that it does not belong to
// would be false evidence, and its number stands beside the picture in any case.
//
// What is not here: how a chart is drawn (instrument/plot), and what a finding means.
package evidence
