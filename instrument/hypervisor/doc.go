// Package hypervisor speaks with libvirt about the guests of a host: which there are, at which
// interfaces they hang, how much CPU they use; it slows them down, pauses them and lets them go on.
//
// In and out: names of guests go in; Domain values, and errors that say what to do, come out. It
// speaks libvirt's own protocol over its local socket.
//
// Reading order: domain.go (what is said of a guest), conn.go (connect, ask), act.go (pause and quota).
//
// What must always hold: nothing here ends a guest or takes its memory or disks: there is no call for it.
// A pause of a paused guest, and a quota that stands, change nothing. Who paused a guest is not known to
// libvirt, so whoever pauses one keeps that in mind itself (shield/host).
//
// What is not here: who rents a guest (inventory), whether it may be paused (judge), control groups
// without libvirt (shield/host).
package hypervisor
