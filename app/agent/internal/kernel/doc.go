// Package kernel is what the agent on a host asks of the operating system about itself: to be left with few rights; and what its errors mean.
//
// In and out: the capabilities that are kept come in; Confine starts the program anew with no others, and Held says
// what it has. Errors come in, and whether they mean that something went comes out.
//
// Reading order: rights_linux.go, confine_linux.go; other.go, where there are none; gone.go.
//
// What must always hold: after Confine no thread of the process has, and nothing that it starts can gain, a capability that is
// not kept; where the system does not let it, the error says so and nothing else was done.
//
// What is not here: which capabilities those are (app/agent), programs and tables (instrument/port, shield/host).
package kernel
