// Package certificates gives the edge the certificate that a TLS client asks for by name.
//
// # In and out
//
// In: the site.Directory that the edge serves by (Store.Follow), PEM files that sites name, and the minute (Store.Refresh).
// Out: the certificate of a hello (Store.Certificate, which is what door.Config.Certificate wants), and for an operator what is
// in force, until when, and what is wrong with it (Store.States).
//
// # Reading order
//
// store.go (what it is set up with, and the look-up), pair.go (one certificate of two files), files.go (those of all sites, and how
// they are read again).
//
// # What must always hold
//
// A look-up asks no disk, takes no lock and allocates nothing where one certificate stands for the name, and it answers
// for no name that the directory does not have. What is wrong with the files of one site is said and touches no other
// site. A file that is broken, or would be worse than what is in force, changes nothing until it is whole. Of a key nothing is ever
// logged.
//
// # What is not here
//
// Verifying that a chain leads to a root that browsers know; OCSP staples, which no authority that matters asks for any more
// (Let's Encrypt ended OCSP in 2025); who may come in at all (shield/gateway/door).
package certificates
