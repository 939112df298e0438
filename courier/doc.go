// Package courier tells: notices in, deliveries out; it finds the words in a language and sends
// them over a channel.
//
// # In and out
//
// In: notices, one by one (Render, Courier.Deliver), or those that wait in an Outbox
// (Courier.Run), and who the contacts of a tenant are. Out: messages on a Channel, a Delivery for
// each recipient that was served or refused for good, and a word to the outbox when a notice is
// over.
//
// # Reading order
//
// message.go and render.go (a notice becomes a message), compose.go and compose_law.go (what a
// letter says, and in which order), phrases.go with phrases_en.go and phrases_zh.go (the words),
// moments.go, clean.go, text.go, html.go with letter.html.tmpl (the two forms); then links.go,
// channel.go, outbox.go, recipients.go, courier.go (one notice, to all who have to know), hear.go
// (what channels say, in the log), run.go, waits.go (what is held, and for how long) and
// schedule.go. mail and webhook are channels, inbox reads what comes back by mail; outboxtest is what
// an outbox promises.
//
// # What must always hold
//
// A letter states nothing that is not in the notice, and without a fact, a clause and a way to
// answer there is none. Rendering is a function: the same notice is the same message with the
// same Message-ID, so that one which is sent twice can be told. What a recipient's server took is
// written down before anything else is sent; a crash between the two repeats that one letter,
// and no other. Who is settled goes by the address, of which a mark is kept: a new contact in an
// old role is told too. What cannot be written down holds no other notice up. A server that is down
// delays a notice and loses none: it is tried for days. No address of anybody is in a delivery, an
// entry or a log, and each warning and error in the log says what to do next. A link shows and speaks, and can do
// nothing else. What others wrote is text wherever it stands: it ends no header and opens no
// tag.
//
// # What is not here
//
// What a tenant is told about, and when (judge); keeping notices and deliveries (store); the page
// behind a link (console); DKIM signatures of ours, and the way beyond the operator's own mail
// server.
package courier
