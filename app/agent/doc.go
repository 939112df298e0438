// Package agent is the process on a host of guests: what it goes by, what it knows of its host, how it sees what passes
// its ports and holds what is ordered there, and how it speaks with control and with whoever stands at the host.
//
// In and out: a document of settings (Parse), the interfaces that come and go, what libvirt and the control groups of
// containers say of guests, and orders of control go in; records of what passes the ports, measures that are in force
// where the guests are, and receipts come out; so do, where the settings say so, host events and what guests use.
// OpenProcess and Process.Run are all of it together; Enrol lets a host in at control; Ask and Release are
// what its owner asks, by a socket or without an agent; Confine gives rights up.
//
// Reading order: settings.go (the document, default.yaml with what each key means), world.go (whose ports are, and the
// plan.World), told.go (which guest a domain is), guests.go (asks libvirt), remember.go (what it said last), contained.go
// (which guest a control group is), containers.go (looks for them), hung.go (their ports, over a start), kept.go (whose a
// port stays), host.go (follows ports, and has programs hang at them), links.go (which ports there are), facts.go (what guests use, and what happens on machines), filter.go
// (whether a firewall stands); process.go (what stands is joined), merge.go (when the
// buffer is full), evidence.go, packets.go and
// beside.go (headers of packets that are kept, and beside orders), hypervisor.go and keeper.go (a process that lifts quotas and pauses when the agent is dead), status.go,
// door.go (the socket), confine.go; kernel_linux.go and kernel_other.go.
//
// What must always hold: an interface of the host's own is never a guest's port; a port that could be of two
// guests is nobody's, and the reason is told; a measure follows its guest to whatever port it has, and is there once. However
// the process ends, what stands goes on standing until its end, and the next one takes it over. Whoever releases by hand
// needs neither control nor a process that runs. What is merged says the same sums.
// Nothing is said to be reached under a measure that did not stand from before the first fetch until after the last.
//
// What is not here: what is on the wire (stream/hostlink), the programs (instrument/port), what a measure is
// (shield/plan); the commands (cmd/evenkeel).
package agent
