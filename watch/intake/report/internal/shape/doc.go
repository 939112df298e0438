// Package shape checks documents of JSON against a written shape and names every fault by its
// place.
//
// In and out: Parse reads bytes into a tree of values, within Bounds; Must compiles a shape from
// lines of text; Shape.Check holds a tree against it and adds a Fault for each thing that is
// wrong.
//
// Reading order: tree.go (bytes to values), fault.go (what is wrong, and where), shape.go (the
// lines of a shape), check.go (holding one against the other), form.go (what texts may look like).
//
// What must always hold: all faults of a document are told, not only the first, each with its
// JSON pointer (RFC 6901), ordered by it, up to MaxFaults. What a document costs is bounded by
// its length: depth and number of values are counted while it is read. A key that is given twice
// is a fault, since two readers could see two documents.
//
// What is not here: what the fields mean (report/xarf).
package shape
