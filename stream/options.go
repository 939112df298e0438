package stream

import (
	"context"
	"log/slog"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Options say where the Intake keeps its batches and how many. The zero value of each field
// but Dir is good.
type Options struct {
	// Dir is the folder of the log; it is made where it is missing. Only one process may
	// use it at a time.
	Dir string
	// Sync makes each message safe from a power cut before Publish returns. Without it, a
	// power cut may take the last two minutes; kill -9 never takes anything.
	Sync bool
	// MaxBytes bounds what is kept; beyond it Publish is refused. 0 is 4 GiB.
	MaxBytes int64
	// MaxAge is when a batch goes though nobody trimmed it. A consumer that had not read
	// it says so. 0 is seven days.
	MaxAge time.Duration
	// Reserve is how many bytes Publish leaves free on the file system, for the others that
	// write there. 0 is 64 MiB; negative is none.
	Reserve int64
	// Logger hears what a person should know. nil is slog.Default.
	Logger *slog.Logger
}

const (
	defaultMaxBytes = 4 << 30
	defaultMaxAge   = 7 * 24 * time.Hour
	defaultReserve  = 64 << 20
)

func (o Options) filled() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.MaxAge <= 0 {
		o.MaxAge = defaultMaxAge
	}
	if o.Reserve == 0 {
		o.Reserve = defaultReserve
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Open starts a NATS JetStream server inside the process, which listens nowhere, and opens
// the log in Options.Dir. ctx bounds the opening only. Close ends the server.
func Open(ctx context.Context, o Options) (*Intake, error) {
	if o.Dir == "" {
		return nil, evenkeel.Invalid("open the intake stream: no folder is given; expected Options.Dir")
	}
	o = o.filled()
	in := newIntake(o.Logger)
	l := newJetLog(o, in.missing)
	if _, err := l.session(ctx); err != nil {
		return nil, err
	}
	in.log = l
	return in, nil
}

// InMemory returns an Intake that keeps its batches in memory and promises the same, but for
// what outlives the process. Of the options, MaxBytes and Logger count.
func InMemory(o Options) *Intake {
	o = o.filled()
	in := newIntake(o.Logger)
	in.log = newMemLog(o.MaxBytes)
	return in
}
