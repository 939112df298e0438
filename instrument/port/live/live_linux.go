package live

import (
	"context"
	"os"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/internal/kernel"
)

// Options says where programs and tables are pinned, and how much may be kept.
type Options = kernel.Options

// Kernel is the programs and tables of this host.
type Kernel = kernel.Kernel

// Taken is the error where programs of another agent hang at a port.
type Taken = kernel.Taken

// ErrHeld is the error where something stands in the folder of pins that this process cannot take over.
var ErrHeld = kernel.ErrHeld

// Open loads the programs and takes over what an earlier process left pinned.
func Open(o Options) (*Kernel, error) { return kernel.Open(o) }

// Now is ns of the boot clock, by which all rules end.
func Now() uint64 { return kernel.Now() }

// Watch tells of network interfaces that are there, come, go and get other names. See kernel.Watch.
func Watch(ctx context.Context, ns *os.File, f func(port.Event)) error {
	return kernel.Watch(ctx, ns, f)
}

// List returns the network interfaces that are there, in the network namespace of the process.
func List() ([]port.Place, error) { return kernel.List() }

// Into says which veths of this host lead into network namespaces, each an open /proc/PID/ns/net. See kernel.Into.
func Into(spaces []*os.File) ([][]string, error) { return kernel.Into(spaces) }
