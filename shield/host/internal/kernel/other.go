//go:build !linux

package kernel

import (
	"errors"
	"os"
	"time"
)

var errLinux = errors.New("only Linux carries orders out on a host")

// BootID is known on Linux only.
func BootID() (string, error) { return "", errLinux }

// SinceBoot is known on Linux only, where BootID was asked before.
func SinceBoot() time.Duration { return 0 }

// Lock is taken on Linux only.
func Lock(*os.File) (held bool, err error) { return false, errLinux }

// LockWaiting is taken on Linux only.
func LockWaiting(*os.File) error { return errLinux }
