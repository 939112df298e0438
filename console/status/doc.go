// Package status is the page on which an operator says openly how the platform is, and was.
//
// In and out: incidents as people sent them, and what is silent now, go in (State); a page, a document for machines and a feed go
// out, as bytes that can be kept in a folder (Files) and as a handler.
//
// Reading order: state.go (what is said), page.go (in which form), serve.go.
//
// What must always hold: nothing stands here that no person sent, but whether all parts work now. No tenant and no site is named.
// The page has no script and nothing from elsewhere, is at most 32 KiB, and says the same after a restart.
//
// What is not here: drafts and notes to tenants (judge/incident, judge), and the pages of operators (console).
package status
