package stream_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/stream/streamtest"
)

// cpu returns the processor time of this process in nanoseconds: the embedded server's work
// is in it.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// otlpBatch is like a batch of OTLP points: runs of records about one asset, whose id is a
// UUID; what is a hash or a reading in real telemetry is random here.
func otlpBatch(n, assets int) *evenkeel.Batch {
	b := evenkeel.NewBatch("collector-1", 1)
	random := rand.New(rand.NewPCG(1, 2))
	lines := make([]uint64, 5*assets)
	for i := range lines {
		lines[i] = random.Uint64()
	}
	const now = 1_764_000_000_000_000_000
	for i := range n {
		asset := i * assets / n
		b.AddUsage(evenkeel.Usage{
			At: now + evenkeel.Moment(i%5)*10_000_000_000, Since: now - 86_400_000_000_000 + evenkeel.Moment(asset)*1_234_567,
			ID: random.Uint64(), Asset: evenkeel.AssetID(fmt.Sprintf("8d7f6a52-9b1c-4c3e-a1d0-%012d", asset*7_654_321)),
			Meter: evenkeel.MeterCPUTime, Form: evenkeel.FormCumulative, Line: lines[5*asset+i%5], Value: 1e6 * random.Float64(),
		})
	}
	return b
}

// report adds the figures per record.
func report(b *testing.B, records int, since int64) {
	n := float64(b.N) * float64(records)
	b.ReportMetric(n/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(cpu()-since)/n, "cpu-ns/record")
}

func eachLoad(b *testing.B, bench func(b *testing.B, batch *evenkeel.Batch)) {
	for _, assets := range []int{20, 200} {
		b.Run(fmt.Sprintf("1000 records over %d assets", assets), func(b *testing.B) { bench(b, otlpBatch(1000, assets)) })
	}
}

// publishers publish b.N batches, four at once as receivers do.
func publishers(b *testing.B, in *stream.Intake, batch *evenkeel.Batch) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if err := in.Publish(b.Context(), batch); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkPublish(b *testing.B) {
	for _, sync := range []bool{false, true} {
		b.Run(fmt.Sprintf("sync %t", sync), func(b *testing.B) {
			eachLoad(b, func(b *testing.B, batch *evenkeel.Batch) {
				in := openAt(b, stream.Options{Dir: b.TempDir(), Sync: sync, MaxBytes: 64 << 30})
				b.ReportAllocs()
				b.ResetTimer()
				since := cpu()
				publishers(b, in, batch)
				report(b, len(batch.Records), since)
			})
		})
	}
}

func BenchmarkConsume(b *testing.B) {
	eachLoad(b, func(b *testing.B, batch *evenkeel.Batch) {
		in := openAt(b, stream.Options{Dir: b.TempDir(), MaxBytes: 64 << 30})
		publishers(b, in, batch)
		b.ReportAllocs()
		b.ResetTimer()
		since := cpu()
		consumeAll(b, in, b.N*len(batch.Records))
		report(b, len(batch.Records), since)
	})
}

func BenchmarkEndToEnd(b *testing.B) {
	eachLoad(b, func(b *testing.B, batch *evenkeel.Batch) {
		in := openAt(b, stream.Options{Dir: b.TempDir(), MaxBytes: 64 << 30})
		b.ReportAllocs()
		b.ResetTimer()
		since := cpu()
		var consumer sync.WaitGroup
		consumer.Go(func() { consumeAll(b, in, b.N*len(batch.Records)) })
		publishers(b, in, batch)
		consumer.Wait()
		report(b, len(batch.Records), since)
	})
}

func BenchmarkLatency(b *testing.B) {
	in := openAt(b, stream.Options{Dir: b.TempDir(), MaxBytes: 64 << 30})
	seen := make(chan struct{}, 1)
	streamtest.Consume(b, in, 0, func(context.Context, stream.Position, *evenkeel.Batch) error {
		seen <- struct{}{}
		return nil
	})
	batch := otlpBatch(100, 1)
	b.ResetTimer()
	for range b.N {
		if err := in.Publish(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		<-seen
	}
}

// consumeAll reads until so many records came.
func consumeAll(b *testing.B, in *stream.Intake, records int) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	n := 0
	err := in.Consume(ctx, 0, func(_ context.Context, _ stream.Position, batch *evenkeel.Batch) error {
		if n += len(batch.Records); n >= records {
			cancel()
		}
		return nil
	})
	if err != nil || n != records {
		b.Errorf("%d of %d records came (%v)", n, records, err)
	}
}

// BenchmarkOpen opens a log that holds a million records, and closes it.
func BenchmarkOpen(b *testing.B) {
	o := stream.Options{Dir: b.TempDir()}
	in := openAt(b, o)
	batch := otlpBatch(1000, 200)
	for range 1000 {
		if err := in.Publish(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := in.Close(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		in := openAt(b, o)
		b.StopTimer()
		if err := in.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
