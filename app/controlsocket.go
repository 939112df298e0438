package app

import (
	"context"
	"log/slog"

	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
)

// fileControl is where acts are handed in; for the directory's owner alone.
const fileControl = "control.sock"

// control is the way of writes from the command line: a socket in the data directory.
type control struct {
	*ownsocket.Socket
	hatch *hatch
	log   *slog.Logger
}

// openControl listens on the socket of a data directory, which only its owner may connect to.
// h takes in what comes there. A socket whose process has ended is replaced; KindConflict where
// somebody listens. Whoever opens it has to Run it.
func openControl(dir string, h hatch) (*control, error) {
	s, err := ownsocket.Listen(dir, fileControl, "one evenkeel serve runs on a data directory; name another with --data")
	if err != nil {
		return nil, err
	}
	h.owner = s.Owner
	return &control{s, &h, h.log}, nil
}

// Run takes acts in until ctx is done, and takes the socket away. An act that is at work then
// is given up, and nothing of it is kept, or it is kept and answered.
func (c *control) Run(ctx context.Context) error {
	return c.Serve(ctx, c.hatch, actTakes, c.log)
}
