// Package automatic says what in a mail's header shows that no person wrote it.
//
// In and out: a Header comes in; a reason goes out, or "". Written: no person wrote it. Replied: a
// machine answers a mail of ours. Unanswered: no machine may answer it (RFC 3834).
//
// Reading order: automatic.go is all there is.
//
// What must always hold: there is one list, which all who read mails go by. What is Replied is
// Unanswered, and what is Written too: two machines that thank each other never end. Each value is
// looked at as far as its first word.
//
// What is not here: bodies, subjects and senders (whoever takes mails apart), and what follows.
package automatic
