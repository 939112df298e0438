// Package chinese says a page of the console in simplified Chinese.
//
// # In and out
//
// In: a whole page as it goes out, in English. Out: the same page in Chinese (Page), with the same
// elements in the same order, and the same addresses and fields. What the book has no phrase for
// stays in English and is marked so (lang="en"); what is data stays as it is.
//
// # Reading order
//
// page.go (a page is cut into elements and texts, and put together again), run.go (the text
// between two ends of blocks is one run, with a mark where an element stands in it), attrs.go
// (what attributes say), say.go (how a run is said), book.go and pattern.go (phrases and their
// holes), measure.go (times, lengths, numbers), and the phrases_*.go, by where their English is
// written.
//
// # What must always hold
//
// Markup is never made from text: of what a page gains there is nothing but <span lang="en">
// around texts, and each text is escaped. What people wrote (.words, .said, what was typed into a
// field), what a machine reads (code, pre, script, style, an element with translate="no" or a
// language of its own) and names are not touched. A page that is too large, or that takes too long,
// goes out as far as it came, or as it was. The English of a phrase fits to the letter, but for its
// blanks, the case of its first letter and its last full stop.
//
// # What is not here
//
// Which language somebody reads (console), the tenants' pages, which are written in both languages
// (console/visit), and what the built-in policy and rules say (instrument/phrasebook).
package chinese
