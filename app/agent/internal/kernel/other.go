//go:build !linux

package kernel

import "errors"

// Set is a set of capabilities; there are none here.
type Set uint64

// The capabilities that an agent may need.
const DACReadSearch, NetAdmin, SysPtrace, SysAdmin, PerfMon, BPF = Set(0), Set(0), Set(0), Set(0), Set(0), Set(0)

// Confine does nothing on this operating system.
func Confine(Set) error { return errors.New("rights are given up on Linux alone") }

// Bare is not known on this operating system.
func Bare() bool { return false }
