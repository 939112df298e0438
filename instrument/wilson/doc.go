// Package wilson says how sure one can be of a share after so many cases.
//
// In and out: a Count of what was right and what was wrong goes in; out come the ends of the Wilson 95 %
// interval of the share that is right (Count.Low, Count.High), and whether they reach a share
// (Count.AtLeast, Count.Below).
//
// Reading order: wilson.go is all there is.
//
// What must always hold: all arithmetic is over integers, so every machine comes to the same answer. Of
// nothing counted the interval is everything: it shows nothing for anybody and nothing against. One more
// that is wrong never raises an end, and one more that is right never lowers one.
//
// What is not here: what counts as right, and what follows (whoever counts).
package wilson
