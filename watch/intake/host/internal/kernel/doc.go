// Package kernel is what host facts ask of Linux: fanotify and inotify on folders, fanotify on programs that are
// started, and files opened without ever leaving the root that they belong to.
//
// In and out: open folders and file systems go in (Group.Watch, Group.WatchPrograms); Events come out
// (Group.Read). OpenIn opens a path inside a root. Probe says what this kernel allows.
//
// Reading order: event.go (what the kernel writes, taken apart), group.go (what comes out), fanotify.go, inotify.go,
// inside.go, probe.go; other.go stands in for all of it elsewhere.
//
// What must always hold: whatever bytes come in, nothing is read past them, and an event that cannot be read costs
// itself. Events that the kernel dropped are told as one that is Lost. No link that a guest made leads
// out of its root. Nothing is ever held up: no permission events.
//
// What is not here: what a change means (watch/intake/host), which folders are watched and who did it
// (watch/intake/host/sensor).
package kernel
