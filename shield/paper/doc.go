// Package paper is a backend that carries nothing out: it writes down what would be done.
//
// # In and out
//
// In: orders (Backend.Apply). Out: a line of JSON for each in a file, the order and the receipt,
// and the receipt as answer, whose effect is "on paper". Standing says which orders would be in
// force at a moment.
//
// # Reading order
//
// paper.go (the backend), log.go (its file).
//
// # What must always hold
//
// It keeps the contract of every backend, over restarts: a line is on the disk before it is
// answered, the same order is written once, and what a lift ended stays ended. A line that was
// cut off by a crash is cut away at the next start; any other fault of the file is an error,
// because a paper that reads its past wrongly would say what is not true.
//
// # What is not here
//
// Any effect on anybody. The measures that it declares are those that it can write down: all.
package paper
