// Package announcement writes what a tenant announces by a link as words, and reads it back.
//
// In and out: what was asked for goes in (Asked) and comes out as the first line of the words that
// the act keeps (Words); an entry of a timeline goes in, and what it asks for comes out (Of).
//
// Reading order: announcement.go.
//
// What must always hold: what is written is read back, to the second. Only a line that the page of a
// tenant wrote is read: words that came in another way may look like it, and are the tenant's own.
//
// What is not here: forms (console, console/visit), and what may be announced (judge).
package announcement
