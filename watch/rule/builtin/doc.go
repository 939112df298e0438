// Package builtin holds the detection rules that come with the program.
//
// In and out: nothing goes in; out come the compiled rules (Rules) and their documents (FS).
//
// Reading order: the *.yaml documents, builtin.go.
//
// What must always hold: each document compiles, stands in a file of its rule's name, and no two
// rules have the same id.
//
// What is not here: how a document is read (watch/rule), and the stories that test the rules.
package builtin
