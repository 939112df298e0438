// Package rule holds the operator's detection rules: parse, check, compile; no I/O in the
// language.
//
// In and out: a file of YAML documents goes in (Parse); out come Rules that are checked and
// compiled, or every fault with its place and what to write instead. A compiled rule says which
// records its windows take (Window.Match), which features and facts it wants (Window.Slot,
// Rule.Facts), judges a vector of them (Rule.Weigh) and puts it into words (Rule.State).
//
// Reading order: rule.go, window.go and weigh.go (what others use); then the tables of the
// language: signal.go, field.go, feature.go, fact.go, format.go, keys.go, bounds.go; then the way
// of a document: parse.go, document.go, build.go, buildwindow.go, where.go, scope.go, compile.go,
// template.go, settle.go, faults.go; then match.go, set.go, and reference.go, which writes the
// tables down.
//
// What must always hold: what is unknown never meets a term; floor and bound of a verdict are the
// least and the most that its score can become when the unknown values turn out, whatever they
// are; sums of weights are exact and the same on every platform; Match and Weigh do not allocate;
// the reference is made from the tables that the compiler reads; a document that names something
// unknown, keeps what it does not read, can never fire, or fires on facts alone does not compile.
//
// What is not here: the state of windows (watch/window), the engine that fills them (watch), the
// play of a rule's stories (story), and any file, clock or network.
package rule
