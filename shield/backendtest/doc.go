// Package backendtest says what every backend must do: one suite of tests that each passes,
// those on paper too.
//
// # In and out
//
// In: a function that makes a scene (Open): a backend, a clock that the test turns, and how to see
// what stands at the node. Out: a failed test for each promise that is not kept (Run). Throttle,
// Lift and Over make orders.
//
// # Reading order
//
// scene.go (what a backend is watched with), promises.go.
//
// # What must always hold
//
// A promise stands in the comments of shield.Backend and is held here. What is asked about is the
// effect at the node, not only what the backend says of it.
//
// # What is not here
//
// What one backend alone does; signatures, retries and loops; sleeping: a scene's clock is turned.
package backendtest
