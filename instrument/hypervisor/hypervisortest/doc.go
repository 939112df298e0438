// Package hypervisortest starts a libvirt for tests that need a real one.
//
// In and out: Libvirt starts one for a test and returns its socket; Guest starts an emulated guest there, and returns
// virsh. Both end with the test.
//
// Reading order: libvirt.go, guest.go.
//
// What must always hold: it sees nothing of the machine's own libvirt, and leaves nothing behind.
//
// What is not here: what a guest runs; its disks are the test's. Libvirt's test driver has one of its own.
package hypervisortest
