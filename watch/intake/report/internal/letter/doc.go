// Package letter takes a mail apart that may be hostile or broken.
//
// In and out: Take reads at most MaxBytes from a stream; Open makes a Letter of the bytes: its
// header, and its parts in their order, each with its decoded body.
//
// Reading order: letter.go (the value, and opening one), clean.go (bytes before they are parsed),
// answer.go (bounces, automatic mails, and whom not to answer), auth.go, moment.go (times as
// mails write them).
//
// What must always hold: bytes, depth and the number of parts are bounded, and a mail beyond
// them is refused before it has cost more. Unknown charsets and broken encodings cost only the
// part that has them. Nothing here follows a link or asks the network.
//
// What is not here: what a report is (report/arf, report/form), and fetching mails.
package letter
