//go:build !linux

package agent

import (
	"context"
	"io"
	"os"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/live"
)

func openPrograms(string, bool) (Kernel, io.Closer, string, error) {
	return nil, nil, live.ErrUnsupported.Error(), nil
}

func listPorts() ([]port.Place, error) { return nil, live.ErrUnsupported }

func watchPorts(context.Context, func(port.Event)) error { return live.ErrUnsupported }

func portsInto([]*os.File) ([][]string, error) { return nil, live.ErrUnsupported }
