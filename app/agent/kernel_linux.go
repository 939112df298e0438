package agent

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/live"
)

// openPrograms loads the programs at ports, and takes over what an earlier process left pinned;
// where they cannot be had and nothing stands in the way of another hand, why says it.
func openPrograms(pins string, stratum bool) (k Kernel, c io.Closer, why string, err error) {
	opened, err := live.Open(live.Options{Dir: pins, Stratum: stratum})
	switch {
	case err == nil:
		return opened, opened, "", nil
	case errors.Is(err, live.ErrHeld):
		return nil, nil, "", &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "hang programs at the ports of this host", Err: err, Hint: "one agent runs on a host: stop the other, or give this one other pins"}
	}
	return nil, nil, err.Error(), nil
}

func listPorts() ([]port.Place, error) { return live.List() }

func watchPorts(ctx context.Context, f func(port.Event)) error { return live.Watch(ctx, nil, f) }

func portsInto(spaces []*os.File) ([][]string, error) { return live.Into(spaces) }
