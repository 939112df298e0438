//go:build !linux

package kernel

import "os"

// Answer is what a probe says of a feature.
type Answer struct {
	Works  bool
	Absent bool
	Err    error
}

// NewFolders is not to be had here.
func NewFolders() (Group, error) { return nil, ErrNotHere }

// NewPrograms is not to be had here.
func NewPrograms() (Group, error) { return nil, ErrNotHere }

// OpenIn is not to be had here.
func OpenIn(*os.File, string) (*os.File, error) { return nil, ErrNotHere }

// DeviceOf is not to be had here.
func DeviceOf(*os.File) (uint64, error) { return 0, ErrNotHere }

// Probe says that nothing is to be had here.
func Probe(string) (folders, programs Answer) {
	return Answer{Absent: true, Err: ErrNotHere}, Answer{Absent: true, Err: ErrNotHere}
}
