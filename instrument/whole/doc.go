// Package whole writes files whole: whoever reads one finds what was there before or all that was written.
//
// In and out: Write takes a path, what the file is to hold and who may read it. Settle makes the names in a
// directory safe from a loss of power.
//
// Reading order: whole.go is all there is.
//
// What must always hold: whenever the process ends or the power is lost, the file is the old one or the new
// one. When Write returns without an error it is the new one for good. Nothing is left beside it, but by a
// process that was killed, and that begins with a full stop.
//
// What is not here: files that grow (whoever appends), several files that belong together, locks.
package whole
