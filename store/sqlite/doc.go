// Package sqlite keeps the books in one SQLite file: the system of record on one machine.
//
// In and out: Open makes or opens the file for the one process that writes, OpenReadOnly
// opens it beside that process, or when none runs. A DB is docket.Books to the judge and
// docket.Pages to who shows; Log gives the ledger to who verifies it.
//
// Reading order: open.go (files and connections), schema.go and schema/001.sql (the form, and
// how it changes), session.go (statements), transact.go (one transaction); then a file per
// noun: cases.go, places.go (their order in the docket), rows.go (what stands in them), entries.go,
// decisions.go, clocks.go, flags.go, findings.go, outbox.go, dispatch.go (what became of what is in it), waiting.go (what waits in it), ledger.go,
// keys.go, taken.go, reviews.go (what two persons decide); staff.go (who works here, beside the
// books), members.go (their leaves in the ledger), reported.go (those who report abuse); looks.go (who looked), forget.go (what is erased once it is over); read.go (what readers
// see), log.go and inuse.go (what verification reads), errors.go;
// settle.go (what survives the loss of power without Sync), memory.go (what the allocator below
// SQLite does not give back).
//
// What must always hold: a transaction is kept whole or not at all, through kill -9, and with
// Options.Sync through the loss of power. What would break the books is refused by the
// database itself (constraints and triggers), whoever writes. The file is the owner's alone
// (0600). A reader never creates or alters a file.
//
// The form changes forward only, and each change passes three states, so that the program of
// one release before can run beside the one of today, or again after it:
//
//   - expand: the new columns or tables are added. Every program writes the old, new ones
//     write both and read the old. Older programs go on reading and writing.
//   - both: what was there is filled in, programs write both and read the new. Programs
//     older than the first state no longer write (oldest_writer), since they would leave
//     gaps; they may read.
//   - contract: nobody writes the old any more and it is taken away. Programs older than the
//     second state no longer read either (oldest_reader).
//
// The table schema holds the form's version and the oldest version a program must know to
// read and to write. A newer form that allows a program to write is used as it is: the
// program adds nothing to it and takes nothing away.
//
// What is not here: who may be the second process (app), sending what is in the outbox, how
// long anything is kept, and other databases.
package sqlite
