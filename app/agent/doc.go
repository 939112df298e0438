// Package agent is made for the process on a host of guests: what it goes by, what it knows of its host, and how it
// sees what passes its ports and holds what is ordered there.
//
// In and out: a document of settings (Parse), the interfaces that come and go (Parts.Watch) and orders (Host.Apply) go
// in; records of what passes the ports (Parts.Deliver), measures that are in force where the guests are, and
// receipts come out.
//
// Reading order: settings.go (the document, default.yaml with what each key means), world.go (whose ports are, and the
// plan.World), host.go (follows ports, and has programs hang at them), hypervisor.go, keeper.go (a process that lifts quotas and
// pauses when the agent is dead).
//
// What must always hold: an interface of the host's own is never a guest's port; a port that could be of two
// guests is nobody's, and the reason is told; a measure follows its guest to whatever port it has, and is there once.
//
// What is not here: the link to control, which is not joined yet; no command runs this.
package agent
