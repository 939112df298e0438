// Package siphash gives a value a 64-bit identity that only the holder of a key can steer.
//
// In and out: strings and numbers go in, piece by piece; one 64-bit sum comes out. No
// memory is allocated.
//
// Reading order: siphash.go.
//
// What must always hold: the sum is SipHash-2-4 of the bytes written (J.-P. Aumasson,
// D. J. Bernstein: "SipHash: a fast short-input PRF", 2012), whatever the pieces were; the
// vectors of its reference implementation are in the tests. It is keyed because what we
// hash is chosen by tenants: with a public function a tenant could pick labels whose
// readings collide with another's, and so make them look like repeats.
//
// What is not here: a choice of key, and any promise against somebody who holds the key.
package siphash
