// Package agent is made for the process on a host of guests: what it goes by, what it knows of its host, and how it
// holds what is ordered there.
//
// In and out: a document of settings (Parse), the interfaces that come and go (Parts.Watch) and orders (Host.Apply) go
// in; measures that are in force where the guests are, and receipts, come out.
//
// Reading order: settings.go (the document, default.yaml with what each key means), world.go (whose ports are, and the
// plan.World), host.go (follows ports, and has programs hang at them).
//
// What must always hold: an interface of the host's own is never a guest's port; a port that could be of two
// guests is nobody's, and the reason is told; a measure follows its guest to whatever port it has, and is there once.
//
// What is not here: what is seen at ports becoming records, and the link to control, which are not joined yet; no
// command runs this.
package agent
