// Package edge is the process of evenkeel gateway: it listens, ends TLS, keeps the sites that stand in files served, and keeps what
// the edge knows over a restart. What came to sites it hands on as records, and writes them to a file.
//
// In and out: Settings (Parse of a document, default.yaml) and the time go into Open; Run serves until its context ends. Ready says where. At the socket of the
// data directory the same machine's operator asks how sites stand, has documents read again, stops a site, and finds out who a
// reference on a page was given to (Ask). Where the edge has enrolled (Enrol), control's orders and mandates come in by a link, and receipts and records go out.
//
// Reading order: settings.go, default.yaml, process.go (what is put together), serving.go (the servers), sites.go (documents that
// change), sieve.go and seen.go (connections to the operator's own gateway), kept.go (secrets, and state over a restart), drop.go (what the kernel drops), socket.go (what is asked), ask.go (the other side), link.go (control),
// records.go and linefile.go (what is told of what came), costs.go (what attacks took).
//
// What must always hold: a document with a fault costs only itself, and its sites are served as they were; nothing that is read or
// reloaded drops a connection; a restart takes stages up again, whether the process before it ended by itself or was killed; secrets and the socket are their
// owner's alone; what visitors sent is never written to the log.
// What control ordered ends by itself and is kept over a restart; a start by hand does not end it.
//
// What is not here: deciding (shield/gateway), taking connections (shield/gateway/door), the command line (cmd/evenkeel).
package edge
