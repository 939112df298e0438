// Package inbox reads the mails that come back: what a tenant answers, what could not be delivered,
// and what only a machine says.
//
// # In and out
//
// In: mails as bytes, from a mail server that hands them in (Server) or from a mailbox that is looked
// into (Mailbox). Out: what a tenant said (Said) and what came back undelivered (Bounce), handed on
// before the other side is told that its mail was taken; and mails in folders (Folder), where somebody
// looks who wants the whole.
//
// # Reading order
//
// mail.go (what a mail is to us, and Read), part.go (what its parts are), words.go and page.go (which
// words count), returned.go (what could not be delivered), thread.go
// (what it is about), proof.go (who may have sent it); then desk.go (what follows), folder.go,
// server.go and mailbox.go (how mails come in). inboxtest is what a way in promises.
//
// # What must always hold
//
// A mail may only speak: no words in it flag, lift or change anything. It counts once, however often
// it comes. It is acknowledged after it was taken, and never before; what cannot be taken now comes
// again, and what nobody can place is kept where a person looks. Of what is too large to be read the
// header is heard, before it is refused. Who sent it is a fact beside the words and never a reason to drop them. Whatever a mail holds costs a bounded amount of memory and harms
// that mail only; nothing in it is executed or fetched. No address of a sender is in what is
// handed on, or in a log.
//
// # What is not here
//
// Spam and viruses (the operator's mail server), what an answer or a bounce means (judge), abuse
// reports (Reports is where they are handed over), and mails that we send (courier/mail).
package inbox
