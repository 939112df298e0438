package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page/internal/kernel"
)

// Command runs a program of the operator's own with a page on its standard input, as the body of a
// webhook is. It ends well where it exits with 0. Its arguments are those of the settings and
// nothing of a page is among them; no shell is between.
type Command struct {
	path   string
	args   []string
	within time.Duration
}

var _ Channel = (*Command)(nil)

// The bounds of a command.
const (
	MaxWithin     = 30 * time.Second
	defaultWithin = 20 * time.Second
	maxArgs       = 32
	maxOutput     = 4 << 10 // what is kept of it; the rest is read and forgotten
	lingers       = 2 * time.Second
)

// NewCommand returns the channel. within is how long the program may take; 0 is 20 s.
func NewCommand(path string, args []string, within time.Duration) (*Command, error) {
	if within == 0 {
		within = defaultWithin
	}
	switch {
	case !filepath.IsAbs(path) || filepath.Clean(path) != path:
		return nil, evenkeel.Invalid("the command %.200q; expected the whole path of a program, beginning at the root", path)
	case within < time.Second || within > MaxWithin:
		return nil, evenkeel.Invalid("the command %s may take %v; expected 1s to %v", path, within, MaxWithin)
	case len(args) > maxArgs || slices.ContainsFunc(args, func(a string) bool { return len(a) > 1024 || bytes.IndexByte([]byte(a), 0) >= 0 }):
		return nil, evenkeel.Invalid("the arguments of %s; expected at most %d of 1024 bytes", path, maxArgs)
	}
	return &Command{path, slices.Clone(args), within}, nil
}

// Name returns "command".
func (c *Command) Name() string { return "command" }

// Send runs the program once. When its time is over, and when it has ended, all that it started
// and that is still there is killed.
func (c *Command) Send(ctx context.Context, p *Page) (string, error) {
	input, err := json.Marshal(bodyOf(p))
	if err != nil {
		return "", &evenkeel.Error{Says: "write a page for " + c.path, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	var out, faults beginning
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(input, '\n')), &out, &faults
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"} // and nothing of ours, such as secrets
	cmd.Dir = "/"
	cmd.WaitDelay = lingers // for children that hold on to its output
	kernel.Group(cmd)
	cmd.Cancel = func() error { return kernel.Kill(cmd.Process) }
	err = cmd.Run()
	if cmd.Process != nil {
		_ = kernel.Kill(cmd.Process) // what it left behind; mostly nothing
	}
	if err == nil {
		return said(out.String(), maxSays), nil
	}
	return "", c.fault(ctx, err, faults.String())
}

// fault says what went wrong. What the program wrote is part of it, as far as that is bounded.
func (c *Command) fault(ctx context.Context, err error, wrote string) error {
	e := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "run " + c.path, Hint: "run it by hand with a page on its standard input: docs/on-call.md shows one"}
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case errors.Is(err, exec.ErrWaitDelay): // which may have been killed before it called anybody
		e.Says += ": it ended, and what it started held on to its output"
	case ctx.Err() != nil:
		e.Says += ": it was not done within " + c.within.String() + ", and was killed"
	case ended && exit.ExitCode() >= 0:
		e.Says += ": it exited with " + strconv.Itoa(exit.ExitCode())
	default:
		e.Err = err
	}
	if wrote = said(wrote, 200); wrote != "" && e.Err == nil {
		e.Says += ": " + wrote
	}
	return e
}

// beginning keeps the first bytes of what is written to it, and takes all.
type beginning struct{ b []byte }

// Write keeps what fits.
func (w *beginning) Write(p []byte) (int, error) {
	w.b = append(w.b, p[:min(len(p), maxOutput-len(w.b))]...)
	return len(p), nil
}

// String is what was kept.
func (w *beginning) String() string { return string(w.b) }
