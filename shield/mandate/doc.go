// Package mandate is what control lets edges do by themselves at sites that others flood, and how that is told.
//
// In and out: Mandates are made from the policy and the books by whoever has them. Question makes of them what an edge is asked, Parse reads
// that there, and Taken is its answer. News is what visitors of sites are told beside; it lets an edge do nothing.
//
// Reading order: mandate.go, news.go.
//
// What must always hold: whatever is told ends by itself (Until); what of a question cannot be read changes nothing; sizes are
// bounded on both sides.
//
// What is not here: what a measure means at an edge (shield/gateway), orders about one site (shield/plan), and the link
// (stream/hostlink).
package mandate
