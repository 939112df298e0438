// Package browser speaks to a server as a browser does, from the first byte on: hello, preface, fields and their order, cookies, and challenges.
//
// In and out: a Kind (Chrome, Firefox, Safari, a telephone, or a library that says it is one), an address to come from, one to go to and a Jar
// come in; Open makes a connection, Conn.Do asks for something, Window.Document for a page, with what a challenge asks done as
// a browser would do it. Responses come out, and how long challenges took.
//
// Reading order: kind.go (who is who), conn.go (TLS), h2.go, h1.go, jar.go, window.go (pages), asked.go (challenges).
//
// What must always hold: what a server learns before the first request fits together: a browser's hello comes with that browser's preface, fields and
// name, but for those kinds that are made to contradict themselves. No answer is larger than MostBody. Nothing outlives its context: a
// connection is closed when that ends. No work is done that a script would not do, and it takes as long as it would take there.
//
// What is not here: who comes when and what counts (lab/edge/crowd), attacks (lab/edge/flood). A real Chromium is driven elsewhere.
package browser
