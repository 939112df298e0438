// Package config is what an operator may set for a running Evenkeel: one strict YAML document.
//
// In and out: a document's text comes in (Parse), a Document goes out, in which whatever the
// text does not set is as in Default. Text is that default, with a comment for each key.
//
// Reading order: document.go (what can be set), default.yaml (what it means and what it is
// where nothing is set), check.go (what is refused), page.go, size.go, range.go.
//
// What must always hold: the printed defaults and those in use are the same text. An unknown
// key is an error that names the nearest known one; every fault names line and column or the key
// that it is about. A document without any key is a good one. No token is in a document, only
// its digest or the file that holds it.
//
// What is not here: rules and policies, which are documents of their own (watch/rule,
// judge/policy); reading files and what is done with what is set (app, cmd/evenkeel).
package config
