// Package agent is made for the process on a host of guests: what it goes by, and what it knows of its host.
//
// In and out: a document of settings (Parse) and the interfaces that are there (Place) go in; whose each is, and what
// the measures' compiler has to know of this host (World), come out.
//
// Reading order: settings.go (the document, default.yaml with what each key means), world.go (whose ports, and the
// plan.World).
//
// What must always hold: an interface of the host's own is never a guest's port; a port that could be of two
// guests is nobody's, and the reason is told; what is never cut off is what the document says, or nothing
// runs.
//
// What is not here: the loops that read ports, send records and take orders, which are not built yet; no command
// runs this.
package agent
