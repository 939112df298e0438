package replay

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestRecordsThatStandInNoFileAreReplayedToo(t *testing.T) {
	_, books := day()
	inventory := write(t, t.TempDir(), "books.jsonl", books)
	s := Script{Rules: shipped(t), Inventory: []string{inventory}, Feed: func(_ context.Context, take func(*evenkeel.Batch) error) error {
		for m := 39; m >= 0; m-- { // in any order
			b := evenkeel.NewBatch("fed", 0)
			at := start.Add(time.Duration(m) * time.Minute)
			b.AddUsage(evenkeel.Usage{At: at, ID: uint64(at), Asset: "vm-trial", Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge, Line: 1, Value: 1})
			if err := take(b); err != nil {
				return err
			}
		}
		return nil
	}}
	if out, sum := output(t, s); sum.Findings != 1 || !strings.Contains(out, `"tenant":"trial"`) {
		t.Errorf("%d findings; expected that of the machine which was fed\n%s", sum.Findings, out)
	}
	broken := errors.New("broken")
	s.Feed = func(context.Context, func(*evenkeel.Batch) error) error { return broken }
	if _, err := Run(t.Context(), s, func(evenkeel.Finding) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("%v; expected what feeding said", err)
	}
}
