//go:build !linux

package kernel

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
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

// Table is there on Linux only.
type Table struct{}

// OpenTable says that this is not Linux.
func OpenTable(string, int) (*Table, error) { return nil, errLinux }

// BothWays is for Linux.
func (*Table) BothWays() bool { return false }

// PerDestination is for Linux.
func (*Table) PerDestination() bool { return false }

// Swap is for Linux.
func (*Table) Swap(context.Context, *plan.Ruleset, evenkeel.Moment) error { return errLinux }

// Look is for Linux.
func (*Table) Look(context.Context, *plan.Ruleset, evenkeel.AssetID) (says, amiss string, drops map[int]plan.Drops, err error) {
	return "", "", nil, errLinux
}
