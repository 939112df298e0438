// Package hypervisortest starts a libvirt for tests that need a real one.
//
// In and out: Libvirt starts one for a test and returns its socket; it ends with the test.
//
// Reading order: libvirt.go.
//
// What must always hold: it sees nothing of the machine's own libvirt, and leaves nothing behind.
//
// What is not here: guests; a test makes its own, or takes that of libvirt's test driver.
package hypervisortest
