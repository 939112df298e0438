// Package storetest says what the books must do: one suite of tests that every store passes,
// those in memory too.
//
// In and out: Run takes a function that opens empty books, and a testing.T. Agree takes two
// of them and tells whether they answer alike, whatever is put into them.
//
// Reading order: books.go (the contract beyond docket.Books and docket.Reader, and Run), then
// by what is promised: transact.go (all or nothing), file.go (what is kept of a case),
// dossier.go (what a decision may depend on), clock.go (what is due), outbox.go (orders and
// notices), dispatch.go (what became of them), waiting.go (which are sent next), pages.go (who is called), sealed.go (the log and its keys), shown.go (what a reader sees), review.go (what two persons decide), whole.go (values
// come back whole), agree.go; scene.go and draw.go make what is put, crowd.go as much of it as benchmarks want.
//
// What must always hold: a promise stands in the comments of docket's interfaces and is held
// here; what only one store does is tested beside that store. A value comes back as it was
// put, but that a list of none may come back as nil. The lists that a call returns are the
// caller's, to reorder and to put others in; what their elements point at is nobody's to
// change any more.
//
// What is not here: durability, files, locks of processes, speed; how anything is decided.
package storetest
