// Package letter takes a mail apart that may be hostile or broken.
//
// In and out: Open makes a Letter of bytes within Limits: its header, and its parts in their order, each
// with its decoded body. What is not within them is Refused; Head reads the header of such a mail.
//
// Reading order: letter.go (the value), open.go (opening one), clean.go (bytes before they are parsed),
// header.go, answer.go (who sent it, bounces, automatic mails, and whom not to answer), auth.go (what a
// server of the operator's verified).
//
// What must always hold: bytes, headers, depth and the number of parts are bounded, and a mail beyond
// them is refused before it has cost more. Unknown charsets and broken encodings cost only the part that
// has them, and so does a header of a part that cannot be read. No line of a header is seen that a mail
// server on the way did not see as one. Nothing here follows a link or asks the network.
//
// What is not here: what a mail says and means (whoever opens it), signatures, and fetching mails.
package letter
