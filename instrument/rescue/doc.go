// Package rescue says what to do first on a machine that somebody else got into: the steps, in
// their order, and the keys that have to be new, in English and Chinese.
//
// # In and out
//
// In: a language (Of), or the words of a tenant (Ticked). Out: a Plan of Steps with their words, or
// which steps a tenant says are done; and the line by which it says so (Say).
//
// # Reading order
//
// rescue.go, say.go, english.go, chinese.go.
//
// # What must always hold
//
// The same steps in each language, in the same order and under the same names: a test holds one
// against the other. Whoever tells a tenant by mail, on a page and at the operator's says the same.
// What a tenant ticks is words and nothing else. A name, once told, is never another step's.
//
// # What is not here
//
// When somebody is helped (judge), the letter (courier), the page (console/visit). The steps are
// ours; the order (keep a copy, build anew rather than clean, then new keys) agrees with what NIST
// SP 800-61 Rev. 2, section 3.3, says of containment, eradication and recovery.
package rescue
