// Package app puts rooms, policies and books together: the one place where a judge meets a
// store, and where everything becomes one process.
//
// In and out: policies, rules, settings (config) and a data directory come in. A Process goes
// out, which serves until it is told to end; a Judge on books of paper (OnPaper) or on a file
// (Keep); Books that are only read (Open). Acts of people come in at a socket of the data
// directory, and Send hands them in.
//
// Reading order: judge.go (what a judge is made of), keep.go (books in a directory), resume.go
// (books that are gone on with), stage.go (books of a story), open.go and people.go (books that are
// read), heads.go (signed tree heads); check.go (what would be refused, without starting);
// process.go (how a process begins and ends), memory.go (how much it takes), watcher.go (the log
// into findings), bench.go (findings into decisions), archive.go and recall.go (checkpoints, there
// and back), lock.go; front.go (where others come in), certificate.go, inbox.go (mails), console.go (what is shown, with
// internal/desk), signin.go, state.go and gauges.go (what is counted); sending.go, outbox.go and
// hands.go (what leaves, and what comes back), calls.go and page.go (who is called), roles.go;
// control.go, controlsocket.go and send.go (acts from the command line), looks.go (looks from there); retention.go (what
// is erased, and when); clerk.go and
// reportermail.go (those who report abuse), herald.go, heraldmail.go and measured.go (those who were attacked), biller.go and
// creditevent.go (whoever bills), witness.go and attest.go (those who cosign the
// ledger); stage.go and showroom.go (books that are shown while they are
// written).
//
// What must always hold: one process has a data directory. Nothing that was acknowledged is
// lost, and nothing is decided twice, however the process ends: a checkpoint is written only
// when all before it is judged, and the log is trimmed only up to the older checkpoint. Books
// are begun once, and those of a replay are there as a whole or not at all; nothing that is
// only read is made or changed. A signed head is written down
// only once what it signs is kept. The secret keys are for their owner alone.
//
// What is not here: any rule about what may be done (judge), SQL (store), how the log is kept
// (stream), arguments and printing (cmd/evenkeel).
package app
