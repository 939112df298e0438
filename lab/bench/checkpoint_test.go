package bench

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// BenchmarkCheckpoint measures, with both built-in rules, how long the engine stands still
// for a checkpoint (Snapshot), and what writing and restoring it takes elsewhere. Every
// machine has reported once, or all of them every 15 s for six minutes, as long as their
// identities are remembered.
func BenchmarkCheckpoint(b *testing.B) {
	rules, err := builtin.Rules()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ machines, reports int }{{million() / 10, 1}, {million() / 10, 24}, {million(), 1}, {million(), 24}} {
		f := newFleet(b, c.machines)
		e, l := alive(b, f)
		for done := c.machines; done < c.machines*c.reports; done += batchRecords {
			e.Observe(l.batch(batchRecords), f.snapshot)
		}
		var file bytes.Buffer
		if _, err := e.Snapshot(nil).WriteTo(&file); err != nil {
			b.Fatal(err)
		}
		name := fmt.Sprintf("%d machines/%d reports each", c.machines, c.reports)
		var s *watch.Snapshot
		b.Run(name+"/pause, first", func(b *testing.B) {
			for b.Loop() {
				s = e.Snapshot(nil)
			}
		})
		b.Run(name+"/pause, later", func(b *testing.B) {
			for b.Loop() {
				s = e.Snapshot(s)
			}
		})
		b.Run(name+"/write", func(b *testing.B) {
			for b.Loop() {
				if _, err := s.WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(file.Len())/float64(c.machines), "B/key")
		})
		b.Run(name+"/restore", func(b *testing.B) {
			for b.Loop() {
				if _, err := watch.Restore(bytes.NewReader(file.Bytes()), rules, watch.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
