// Package phrasebook has what the built-in policy and the built-in rules say, in other languages.
//
// # In and out
//
// In: a sentence in the English that comes with the program, or the family and the name of a rule's
// term; or the parameters of a measure. Out: the same in another language, and whether there is one; or
// what they limit, in both.
//
// # Reading order
//
// chinese.go, rules.go (sentences with values in them), criteria.go, amounts.go (what a measure limits).
//
// # What must always hold
//
// Whoever tells a tenant something by mail and on a page says it in the same words. A sentence that
// differs by one letter from a built-in one is the operator's own, and is not translated. All that
// is built in and told to tenants is here; a test reads the files.
//
// # What is not here
//
// The words around those sentences (courier, console/visit), how what is not translated is quoted,
// and which language somebody reads.
package phrasebook
