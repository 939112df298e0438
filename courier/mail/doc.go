// Package mail is the channel that brings letters to an SMTP server, which takes them on.
//
// # In and out
//
// In: a server, who writes and with what secret (New), and letters (SMTP.Send). Out: mails on
// their way, with what the server said to each; or why there is none: the letter may come again,
// or will never be taken.
//
// # Reading order
//
// server.go (settings), folder.go (the channel of whoever has no server), address.go (what may be an address), compose.go (a letter becomes a
// mail), smtp.go (one letter, one session), answer.go (what an answer means).
//
// # What must always hold
//
// Nothing is said to a server that is not on this machine before the connection is encrypted and
// the server's certificate is right, and no secret is ever sent in the clear. The same letter
// has the same Message-ID in every attempt. Each recipient has a mail of its own and sees no
// other. No name, subject or address can begin another header. What a server answers is kept
// without the addresses in it. A recipient is given up only where the server says that it will
// never take mail for it; a fault of ours (a wrong secret, a sender that is not allowed) delays
// letters and loses none.
//
// # What is not here
//
// DKIM, queues beyond the operator's own server, bounces (inbox reads them), and
// when a letter comes again (courier).
package mail
