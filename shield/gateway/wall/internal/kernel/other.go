//go:build !linux

package kernel

import (
	"errors"
	"net/netip"
	"time"
)

var errLinux = errors.New("only Linux drops packets for an edge")

// Held is an address whose packets are dropped, for a time.
type Held struct {
	Address netip.Addr
	For     time.Duration
}

// Sets is there on Linux only.
type Sets struct{}

// Program is there on Linux only.
type Program struct{ Sets }

// OpenSets says that this is not Linux.
func OpenSets(name, device string, most int) (*Sets, error) { return nil, errLinux }

// OpenProgram says that this is not Linux.
func OpenProgram(device string, most int) (*Program, error) { return nil, errLinux }

// Generic is for Linux.
func (*Program) Generic() bool { return false }

// Guard is for Linux.
func (*Sets) Guard([]netip.AddrPort) error { return errLinux }

// Hold is for Linux.
func (*Sets) Hold([]Held) error { return errLinux }

// Free is for Linux.
func (*Sets) Free([]netip.Addr) error { return errLinux }

// Held is for Linux.
func (*Sets) Held() ([]Held, error) { return nil, errLinux }

// Dropped is for Linux.
func (*Sets) Dropped() (uint64, error) { return 0, errLinux }

// Close is for Linux.
func (*Sets) Close() error { return errLinux }
