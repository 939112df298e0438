//go:build linux

package kernel

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Answer is what a probe says of a feature.
type Answer struct {
	Works  bool
	Absent bool  // this kernel does not have it; neither: it is not allowed here, so nobody knows
	Err    error // why it does not work
}

// Probe asks the kernel for what it would be used for, and for nothing else: folders with names and processes,
// and programs, on this very machine.
func Probe(on string) (folders, programs Answer) {
	at, err := os.Open(on)
	if err != nil {
		return Answer{Err: err}, Answer{Err: err}
	}
	defer at.Close()
	try := func(flags uint, with func(*fanotify) error, is bool) Answer {
		g, err := newFanotify(flags, is)
		if err == nil {
			err = errors.Join(with(g), g.Close())
		}
		return Answer{Works: err == nil, Absent: errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP), Err: err}
	}
	folders = try(unix.FAN_CLASS_NOTIF|unix.FAN_REPORT_DFID_NAME|unix.FAN_CLOEXEC, func(g *fanotify) error { _, err := g.Watch(at); return err }, false)
	programs = try(unix.FAN_CLASS_NOTIF|unix.FAN_CLOEXEC, func(g *fanotify) error { return g.WatchPrograms(at) }, true)
	return folders, programs
}
