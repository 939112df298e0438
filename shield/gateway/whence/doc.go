// Package whence says where an address belongs: its AS, its country, and whether it is in a range that is known for what it is.
//
// # In and out
//
// In: the operator's own files (Source): tables of prefixes and AS as CAIDA publishes them of RouteViews (prefix, length, AS), CSV of prefixes or of
// first and last addresses, databases of MaxMind's form (mmdb), and lists of prefixes, as text or as the JSON that clouds and search engines publish.
// Out: a suspect.Place for an address (Atlas.Of), and how each file stands (Atlas.States).
//
// # Reading order
//
// atlas.go (files to a snapshot), file.go (what is read again when it changes), table.go (looking up), text.go, maxmind.go and list.go (the forms).
//
// # What must always hold
//
// Looking up allocates nothing, waits for nothing, and takes as long however many files are read beside it: the snapshot is immutable, behind an
// atomic pointer. A file that cannot be read, that has a fault, or that is empty takes nothing away: its last good reading stays, and its
// state says which line is wrong. Of all that contain an address the longest prefix counts; of kinds of ranges the one that protects. Files, lines and numbers
// of prefixes are bounded. No address leaves: nothing is asked of anybody.
//
// # What is not here
//
// What follows from a place (shield/gateway/suspect), good bots (shield/gateway/bots), fetching the files: they are the operator's, under the licence that he has.
package whence
