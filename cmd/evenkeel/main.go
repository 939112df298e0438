package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/signal"
	"time"
)

// process is what a command may use of the world.
type process struct {
	stdin    io.Reader
	stdout   *bufio.Writer
	stderr   io.Writer
	terminal bool // standard error is one
	now      func() time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	p := &process{
		stdin: os.Stdin, stdout: bufio.NewWriterSize(os.Stdout, 64<<10), stderr: os.Stderr,
		terminal: isTerminal(os.Stderr), now: time.Now,
	}
	os.Exit(run(ctx, p, os.Args[1:]))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
