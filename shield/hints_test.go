package shield_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/outboxtest"
)

// takesNothing is an outbox that does not take what became of an order.
type takesNothing struct {
	*outboxtest.Memory
	err error
}

func (o *takesNothing) Done(context.Context, evenkeel.OrderID, evenkeel.Receipt) error { return o.err }

// cannotLook is an outbox that cannot be looked at.
type cannotLook struct{ *outboxtest.Memory }

func (cannotLook) Pending(context.Context, evenkeel.Moment, int) ([]shield.Waiting, error) {
	return nil, errors.New("disk is full")
}

// TestEveryTroubleInTheLogSaysWhatToDoNext, also where the error itself does not.
func TestEveryTroubleInTheLogSaysWhatToDoNext(t *testing.T) {
	for says, c := range map[string]struct {
		out func(*outboxtest.Memory) shield.Outbox
		err error
	}{
		"the backend is silent":        {err: errors.New("connection refused")},
		"the backend refuses for good": {err: evenkeel.Invalid("no such machine")},
		"the outbox is locked":         {out: func(m *outboxtest.Memory) shield.Outbox { return &takesNothing{m, errors.New("locked")} }},
		"the outbox takes it never":    {out: func(m *outboxtest.Memory) shield.Outbox { return &takesNothing{m, evenkeel.Invalid("no")} }},
		"the outbox cannot be read":    {out: func(m *outboxtest.Memory) shield.Outbox { return cannotLook{m} }},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			kept := &outboxtest.Memory{}
			var out shield.Outbox = kept
			if c.out != nil {
				out = c.out(kept)
			}
			b := newUnsure(t, wall)
			b.before = func(int, evenkeel.Order) error { return c.err }
			kept.Put(throttle("d-1", "vm-1"))
			_, stop := start(t, b, out, shield.Options{Poll: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil))})
			time.Sleep(time.Hour)
			stop()
			troubles := 0
			for line := range strings.Lines(log.String()) {
				if !strings.Contains(line, "level=INFO") {
					troubles++
					if !strings.Contains(line, " hint=") || strings.Contains(line, ` hint=""`) {
						t.Errorf("%s: no hint in %s", says, line)
					}
				}
			}
			if troubles == 0 {
				t.Errorf("%s: nothing is logged", says)
			}
		})
	}
}
