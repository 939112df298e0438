// Package trie is a map whose copies are free.
//
// In and out: values that know their key in, values out, one by its key or all. A copy of a Map is a map of its own that
// later changes of the original do not reach.
//
// Reading order: trie.go has all of it: a hash array mapped trie of 64 branches, with
// nodes that are changed in place while their edit lasts.
//
// What must always hold: a node that a copy can reach is never changed, so any number of
// readers may use a copy while the original is changed. Lookup does not allocate. Cost of
// a change after a copy: the nodes on the way, about four in a map of a million.
//
// What is not here: deletion, which nobody needs, and any order of keys.
package trie
