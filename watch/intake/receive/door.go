package receive

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// Log takes batches. Append returns nil once the batch is durable, and not before; it keeps no
// part of the batch, whose memory is used again. It is called from many goroutines.
type Log interface {
	Append(ctx context.Context, b *evenkeel.Batch) error
}

// Options is how a Door is to behave. A zero field means its default.
type Options struct {
	Key    siphash.Key // the secret of the identities; see intake.NewIdentities
	Limits intake.Limits
	Window intake.Window
	Assets []string // attributes that name the asset in OTLP; intake.DefaultAssetAttributes
	Labels []string // labels that name it in remote write; promwrite.DefaultLabels

	AtOnce    int           // requests that are worked on at a time; 32, half of it for one source
	Waiting   int           // requests that may wait for their turn; 1,024
	WaitFor   time.Duration // for its turn; 1 s
	BodyFor   time.Duration // for the whole body; 15 s
	AppendFor time.Duration // for the log; 10 s

	Now    func() time.Time // the wall clock; required, deadlines are derived from it
	Logger *slog.Logger     // nil: nothing is logged
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.WithDefaults()
	o.AtOnce, o.Waiting = cmp.Or(o.AtOnce, 32), cmp.Or(o.Waiting, 1024)
	o.WaitFor = cmp.Or(o.WaitFor, time.Second)
	o.BodyFor, o.AppendFor = cmp.Or(o.BodyFor, 15*time.Second), cmp.Or(o.AppendFor, 10*time.Second)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	return o
}

// Door lets telemetry in. Its handlers may be served by any number of servers.
type Door struct {
	log     Log
	sources *Sources
	opt     Options
	turns   *turns
	zstd    *zstd.Decoder
	hands   sync.Pool // of *hands
	counts  [formats]counts
	failing atomic.Bool // the log took nothing the last time
}

// New returns a Door that hands batches to a log. Its counters are registered at reg; a second
// Door at the same registry is an error. The sources' shares are the Door's from here on: a second
// Door needs Sources of its own.
func New(log Log, sources *Sources, reg prometheus.Registerer, opt Options) (*Door, error) {
	opt = opt.withDefaults()
	switch l := opt.Limits; {
	case opt.Now == nil:
		return nil, evenkeel.Invalid("open the intake: no clock; expected Options.Now")
	case l.Points > evenkeel.MaxBatchRecords:
		return nil, evenkeel.Invalid("open the intake: up to %d points in a request; expected at most %d, which a batch can hold",
			l.Points, evenkeel.MaxBatchRecords)
	case l.Points < 0 || l.Body < 0 || opt.AtOnce < 0 || opt.Waiting < 0:
		return nil, evenkeel.Invalid("open the intake: a limit is below zero")
	}
	d := &Door{log: log, sources: sources, opt: opt, turns: newTurns(opt.AtOnce, opt.Waiting)}
	sources.admit(max(1, opt.AtOnce/2), opt.Waiting)
	var err error
	if d.zstd, err = newZstd(opt.Limits.Body); err != nil {
		return nil, err
	}
	d.hands.New = func() any { return newHands(&d.opt) }
	if err := d.register(reg); err != nil {
		return nil, fmt.Errorf("open the intake: register its counters: %w", err)
	}
	return d, nil
}

// HTTP returns the handler of everything but gRPC.
func (d *Door) HTTP() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/metrics", d.serveOTLP)
	mux.HandleFunc("POST /api/v1/write", d.serveWrite)
	mux.HandleFunc("POST /events", d.serveEvents)
	mux.HandleFunc("GET /schemas", serveSchemas)
	mux.HandleFunc("GET /schemas/{type}", serveSchema)
	return mux
}

// GRPC returns the handler of OTLP metrics over gRPC. Its server must speak HTTP/2; where it
// has no TLS, with http.Protocols.SetUnencryptedHTTP2. An http.HTTP2Config with
// frames of 1 MiB (MaxReadFrameSize) and room for a whole body (MaxReceiveBufferPerStream) lets a
// request of a thousand points come in one frame instead of five.
func (d *Door) GRPC() http.Handler { return http.HandlerFunc(d.serveGRPC) }
