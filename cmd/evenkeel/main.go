package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/cmd/evenkeel/internal/kernel"
	"github.com/evenkeel/evenkeel/lab/edge"
)

// process is what a command may use of the world.
type process struct {
	stdin    io.Reader
	stdout   *bufio.Writer
	stderr   io.Writer
	terminal bool // standard error is one
	columns  int  // of the terminal that standard output is; 0 where it is none
	now      func() time.Time
}

func main() {
	edge.Child() // a load of bench edge is this program, started once more
	kernel.IgnorePipes()
	ctx, stop := signal.NotifyContext(context.Background(), kernel.Ends()...)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	p := &process{
		stdin: &patient{ctx: ctx, in: os.Stdin}, stdout: bufio.NewWriterSize(os.Stdout, 64<<10), stderr: os.Stderr,
		terminal: isTerminal(os.Stderr), now: time.Now,
	}
	if isTerminal(os.Stdout) {
		p.columns = kernel.Columns(os.Stdout)
	}
	os.Exit(run(ctx, p, os.Args[1:]))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// patient reads a stream that may never say anything, such as a terminal, until the process
// is interrupted: a read at work cannot be, so it is left behind.
type patient struct {
	ctx   context.Context // of the process, which this is a part of
	in    io.Reader
	begin sync.Once
	out   *io.PipeReader
}

// Read reads what has come in.
func (p *patient) Read(b []byte) (int, error) {
	p.begin.Do(func() {
		out, in := io.Pipe()
		p.out = out
		context.AfterFunc(p.ctx, func() { in.CloseWithError(p.ctx.Err()) })
		go func() {
			_, err := io.Copy(in, p.in)
			in.CloseWithError(err) // nil is the end
		}()
	})
	return p.out.Read(b)
}
