// Package certificates gives the edge the certificate that a TLS client asks for by name: from files of the operator, or issued by an
// authority (ACME, RFC 8555) when the name is first asked for.
//
// # In and out
//
// In: the site.Directory that the edge serves by (Store.Follow), PEM files that sites name, a folder for what is issued, and the
// minute (Store.Refresh). Out: the certificate of a hello (Store.Certificate, which is what door.Config.Certificate wants), answers to
// an authority (Store.HTTP, for door.Plain; Store.Certificate where door.Config.Validates), and for an operator what is in force, until when,
// and what is wrong with it (Store.States). Store.Run renews.
//
// # Reading order
//
// store.go (what it is set up with, and the look-up), pair.go (one certificate and its key), files.go (those of files, and how they are read
// again), authority.go (certmagic, and what of it is used), budget.go (how many are asked for), demand.go (when, and who waits), challenge.go,
// table.go (what look-ups read).
//
// # What must always hold
//
// A look-up asks no disk, takes no lock and allocates nothing where one certificate stands for the name, and it answers
// for no name that the directory does not have; such a name costs the authority nothing. What is wrong with the files of one site is said
// and touches no other site. A file that is broken, or would be worse than what is in force, changes nothing until it is whole.
//
// Whoever has a certificate waits for nobody who has none. Handshakes that wait are bounded in number, for all and for one site, and in time; new
// orders are bounded for a network of clients, for a site and in all, and renewals by a budget that no client takes from. What the authority
// refused is asked for again later and later. Where the storage cannot be written to, nothing is asked for, as it could not be kept, and what is in memory is
// served. Of a key nothing is ever logged.
//
// # What is not here
//
// Wildcards by ACME, which an edge cannot be validated for (site.Check refuses them: every name under one would cost an order). Renewal
// before its time because an authority asks for it (ARI, RFC 9773). Verifying that a chain from files leads to a root that browsers know. OCSP staples,
// which Let's Encrypt ended in 2025. Who may come in at all (shield/gateway/door).
package certificates
